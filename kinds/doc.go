// Package kinds says what a kind is: the descriptor that everything generic works from.
//
// Each built-in kind is one folder, kinds/<group>/<kind>, whose kind.go holds a [Kind] value that reads as a table of
// contents; kinds/catalogue lists them all; kinds/kindtest is the suite that each passes. Custom resources become the same
// Kind values at run time, so that nothing above this room can tell the two apart.
//
// A kind's functions are pure: they see objects, never the store, the cache, a clock that moves by itself or another
// object. Rules that need more than the object itself live in admission. What must happen once for every kind (names,
// uids, generation, finalizers, resourceVersion) lives in resource and is not repeated here.
//
// All functions of a Kind may be called concurrently.
package kinds
