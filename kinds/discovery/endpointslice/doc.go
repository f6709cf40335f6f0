// Package endpointslice is the kind discovery.k8s.io/v1 EndpointSlice.
package endpointslice
