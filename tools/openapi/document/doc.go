// Package document builds the OpenAPI documents of every built-in kind: one v3 document a group version, the small ones of
// the discovery paths, and the v2 document of all of them.
//
// In flow the definitions of the API types, as openapi-gen writes them, and resources.json, the plain facts of what a
// v1.36 server serves (group, version, resource, kind, scope, verbs, subresources). Out flow documents in the shape that
// clients know from Kubernetes: the same paths, operation ids, parameters, extensions and schema names.
//
// It runs when documents are generated, never in the product: everything here may take seconds and allocate freely. It
// knows nothing of how the documents are stored or served.
//
// Nothing here is safe for concurrent use; the same input gives the same output, byte for byte.
package document
