// Package podstatus computes what the cluster is told about a pod: phase, conditions, container statuses. It is pure: the
// pod, what the runtime has of it and what is being waited for go in, a PodStatus comes out. It must never call anything.
package podstatus
