// Package disruption keeps the status of PodDisruptionBudgets: how many of their pods are healthy, how many have to be, and so how many may
// be disrupted now.
//
// Reads: PodDisruptionBudgets, Pods, and what says how many pods there should be: Deployments, ReplicaSets, StatefulSets and
// ReplicationControllers. Writes: the status of PodDisruptionBudgets. Reports: pods that nothing controls, where a budget needs their
// controller's scale.
//
// plan.go computes a status from the budget, its pods and the scales that they belong to; reconcile.go loads and writes.
package disruption
