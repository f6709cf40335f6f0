// Package environment computes the variables of a container: literals with $(references), the pod's fields and resources,
// ConfigMaps and Secrets. It is pure but for the lookups that it is handed, and must never know a runtime.
package environment
