// Package scheduler gives every pod that has no node the best one, or says why there is none.
//
// Reads: pods, nodes, namespaces, claims, volumes, storage classes. Writes: the pods' binding, before it the volumes and nodes that their claims get, the condition PodScheduled of those that find no node. Reports: the events
// Scheduled and FailedScheduling.
//
// One goroutine, Run's, owns all state and takes one step at a time: it takes in what has happened (inbox.go, apply.go), takes the next pod
// from the queue, lets decide choose a node from the snapshot by the rules (order.go), and counts the pod as being there (cycle.go). Writing is left
// to others meanwhile (bind.go, report.go), many at once, so that they share what a commit costs; their outcome comes back as one more thing
// that has happened. Where nothing happens, nothing runs.
//
// Behaviour follows upstream's scheduler with its default profile; what is different is said where it is. Not yet: preemption,
// devices that must be there before the pod (such pods are refused with a reason), a preference for nodes that have the image.
package scheduler
