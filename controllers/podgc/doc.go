// Package podgc deletes pods that nobody else would: those of nodes that are gone, those being deleted that never had a node, those being
// deleted on nodes that were declared out of service, and the oldest of those that have finished where there are very many.
//
// Reads: Pods, Nodes. Writes: it deletes Pods, without grace, and says why on those that had not finished. Reports: nothing.
//
// A node is gone when it was missing for a while, for it may only be registering anew. plan.go decides; reconcile.go acts.
package podgc
