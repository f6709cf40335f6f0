// Package tainteviction deletes pods from nodes whose NoExecute taints they do not bear, at once or after their
// tolerationSeconds.
//
// Reads: Nodes, Pods. Writes: it deletes Pods, and says why in their condition DisruptionTarget first. Reports: TaintManagerEviction
// events, when a pod is deleted and when one is spared after all.
//
// The time that a pod bears a taint counts from when both were there: the taint's timeAdded, or where it has none when it was
// first seen here, and the pod's binding. plan.go computes when that is over; reconcile.go looks at a node's pods and acts.
package tainteviction
