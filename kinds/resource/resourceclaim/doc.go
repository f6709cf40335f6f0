// Package resourceclaim is the kind resource.k8s.io/v1 ResourceClaim.
package resourceclaim
