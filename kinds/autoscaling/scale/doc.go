// Package scale is the scale subresource that all workloads with a replica count share: autoscaling/v1 Scale, seen
// through accessors of the parent. It is no kind of its own, for no Scale is ever stored.
package scale
