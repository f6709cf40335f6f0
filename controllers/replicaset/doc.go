// Package replicaset keeps as many pods running as each ReplicaSet asks for.
//
// Reads: ReplicaSets, Pods, Nodes' names in pods. Writes: Pods (create, delete, adopt and release by patching owner
// references), the ReplicaSet's status. Reports: SuccessfulCreate, SuccessfulDelete, FailedCreate, FailedDelete events and
// the condition ReplicaFailure.
//
// plan.go decides, from the set, its pods and the time, what to make, what to delete and what the status is; rank.go says
// which pods go first; reconcile.go loads, plans and acts.
package replicaset
