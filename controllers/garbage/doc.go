// Package garbage deletes what nobody owns any more, by the owner references of all objects.
//
// Reads: every resource of the server that can be deleted and followed, Events apart. Writes: it deletes objects whose owners are all
// gone, and patches owner references and the finalizers foregroundDeletion and orphan off objects. Reports:
// OwnerRefInvalidNamespace events.
//
// Background: when an object is gone, its dependents are looked at; one without any other owner goes too. Foreground: an
// object with the finalizer foregroundDeletion stays until its dependents that block it (blockOwnerDeletion) are gone. Orphan: an
// object with the finalizer orphan stays until its dependents have been released.
//
// An owner is the object of that kind and name, in the dependent's namespace or cluster-wide, that has the reference's uid; any
// other does not count: a namespaced owner in another namespace is as good as gone, and an event says so. A cluster-wide
// object with a namespaced owner, or one with an owner of a kind that the server does not know, is left alone.
//
// There is no graph in memory: the index of objects by their owners' uids answers the same questions. plan.go decides,
// owners.go finds out how owners stand, follow.go notes where to look, reconcile.go acts.
package garbage
