// Package namespace empties namespaces that are being deleted, and lets them go.
//
// Reads: Namespaces, and all namespaced resources of the server that can be deleted, whichever they are. Writes: it deletes
// their objects, the namespaces' status, and their finalizer "kubernetes", through the finalize subresource; the API then deletes
// the namespace. Reports: the five conditions of a namespace that is going (NamespaceDeletionDiscoveryFailure,
// NamespaceDeletionGroupVersionParsingFailure, NamespaceDeletionContentFailure, NamespaceContentRemaining,
// NamespaceFinalizersRemaining).
//
// Pods go first, with the time that they ask for to stop; what they may still need while they do, such as policies that
// confine them, goes after the last of them (KEP-5080). plan.go decides what to delete, conditions.go what to tell,
// reconcile.go loads and acts, remains.go waits for what takes time.
package namespace
