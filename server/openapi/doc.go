// Package openapi serves the OpenAPI documents of the API: /openapi/v2, the index at /openapi/v3 and one v3 document for
// each group version under it.
//
// In flow the documents of the built-in kinds, made from the API types when they change (tools/openapi) and embedded
// compressed, and those of custom resources, handed over at run time. Out flow bytes: JSON as it was stored, without
// being inflated for the many clients that accept gzip; protobuf made from it when first asked for, and kept.
//
// What a server does not serve is cut out of its documents. A process pays for a document when somebody asks for it, and
// nothing before: starting costs no work, and the index is answered without opening a document.
//
// The room knows paths and schema names; never a kind, a descriptor, nor who is asking. Answers follow what kubectl and
// client-go read: the index with hashes, immutable caching by hash, ETags, and the two gnostic protobuf forms.
//
// Everything is safe for concurrent use.
package openapi
