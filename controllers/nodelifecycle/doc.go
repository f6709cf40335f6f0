// Package nodelifecycle notices nodes that have fallen silent, and keeps the taints of all nodes in line with their conditions.
//
// Reads: Nodes, the Leases in kube-node-lease, Pods of nodes that are not ready. Writes: the conditions and taints of Nodes, the
// condition Ready of Pods. Reports: RegisteredNode, RemovingNode and NodeNotReady events.
//
// A node shows life by renewing its lease or by reporting its status. Only what this process sees counts, by its own
// clock: a node that was silent for the grace period, counted from when it was first seen, has the status of its conditions set to
// Unknown, and its pods are not ready. (KEP-589)
//
// Taints follow conditions at once: NoSchedule for each bad condition, and NoExecute for a node that is not ready or not
// reachable, which package tainteviction acts on. The second kind comes slowly, one node of a zone after the other, more
// slowly where most of a zone is down, and not at all while no node of the cluster is ready: then it is more likely that
// this side is cut off, and nothing would be gained by deleting every pod.
//
// life.go remembers when nodes were seen alive; silence.go, taints.go and zones.go decide, purely; reconcile.go acts.
package nodelifecycle
