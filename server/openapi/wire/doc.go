// Package wire turns OpenAPI documents from JSON into the protobuf forms that clients of Kubernetes ask for: gnostic's
// openapi.v2.Document and openapi.v3.Document.
//
// In flows a document in JSON, out flows its protobuf encoding. gnostic's own parser, by way of YAML, would do the same; it
// is larger than the documents themselves. This one knows no field by name: it follows gnostic's message descriptors, and
// the few rules by which they stand for JSON (choice.go, shape.go).
//
// What gnostic keeps as YAML text (defaults, enums, extensions) is the JSON text, which is YAML.
//
// Everything is safe for concurrent use. Input of any sort gives a result or an error; nesting is bounded, and time and
// memory are proportional to size and nesting.
package wire
