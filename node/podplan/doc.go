// Package podplan decides what a pod needs next. It is pure: the pod, what runs of it, what failed lately and the time go
// in; the next steps and when to look again come out. It must never call anything.
//
// The order of things in a pod's life:
//
//	sandbox -> init containers, one after the other -> containers, all at once -> (restarts) -> stop, remove
//
// Init containers with restartPolicy Always (sidecars, KEP-753) start in their place among the others and go on running.
package podplan
