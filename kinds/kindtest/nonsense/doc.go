// Package nonsense makes objects that are wrong in one field: any value in any field of any type.
//
// Flows in: Go types, of whose fields it lists the paths, and objects that are valid; flows out: JSON that has a value where a path leads.
// It knows types and trees only, neither kinds nor how objects get to a server, so that the tests of the server and those of the whole
// program send the same. Everything is a pure function but for Examples, which reads files.
package nonsense
