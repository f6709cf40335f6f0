// Package resourceclaimtemplate is the kind resource.k8s.io/v1 ResourceClaimTemplate.
package resourceclaimtemplate
