// Package servicecidr is the kind networking.k8s.io/v1 ServiceCIDR.
package servicecidr
