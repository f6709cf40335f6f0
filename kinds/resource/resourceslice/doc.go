// Package resourceslice is the kind resource.k8s.io/v1 ResourceSlice.
package resourceslice
