// Package namespace is the kind v1 Namespace.
//
// A namespace has finalizers of its own, spec.finalizers, which only the finalize subresource changes: a deleted
// namespace stays, in the phase Terminating, until its controller has emptied it and taken them off.
package namespace
