// Package managed keeps who owns which field of an object (metadata.managedFields), and merges server-side apply (KEP-555).
//
// It drives apimachinery's field manager over an object's stored type without any conversion that the house does not need: an
// object is shown to it in its stored version with kind and apiVersion filled in, through a shallow copy, because stored objects
// carry neither. One [Fields] serves the writes to one kind in one version, or to one subresource of it; who wrote in which
// version is kept, and only where it was another than the stored one is anything converted.
//
// Flows in: the live object, what a writer wants, and the writer's name. Flows out: the object with its owners brought up to
// date, or the merged object of an apply, or a conflict as an API error. The package must never know how objects are stored.
// A Fields is safe for concurrent use.
package managed
