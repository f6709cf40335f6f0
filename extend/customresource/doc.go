// Package customresource makes a kind out of a CustomResourceDefinition.
//
// Flows in: a definition that was accepted. Flows out: a kinds.Kind over unstructured objects, which are pruned, defaulted and
// validated as the schema of each version says, CEL rules included. Nothing above can tell it from a built-in kind.
//
// The package must never know how objects are served or stored. What it makes may be used concurrently; CEL rules are compiled when
// the first object is validated.
package customresource
