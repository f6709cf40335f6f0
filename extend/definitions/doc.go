// Package definitions serves what CustomResourceDefinitions define: it adds their kinds to the pipeline, takes them out again, and
// says in the definitions' status how far it has come.
//
// Reads: CustomResourceDefinitions. Writes: their status and finalizer, and deletes the objects of a definition that goes. Reports:
// the conditions NamesAccepted and Established; a definition is established when its resources answer, not before.
package definitions
