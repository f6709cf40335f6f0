// Package snapshot is the scheduler's picture of the cluster: what each node offers, what is taken of it and by whom, and,
// for rules about other pods, how many pods of a sort there are in each zone, rack or host.
//
// Flows in: nodes, pods that have a node (bound, or assumed to be bound in a moment), labels of namespaces, one change at a
// time. Flows out: [Node]s in the order in which they are to be tried, and [Tally]s. Everything is kept up to date by what changed;
// nothing is rebuilt for a pod.
//
// The package must never know rules, queues or clients. A [Snapshot] belongs to one goroutine. [Pod] and the API objects in it are immutable.
package snapshot
