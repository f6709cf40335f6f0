// Command openapi writes the OpenAPI documents that the API server embeds (server/openapi), from the API types.
//
//	go run ./tools/openapi           write what has changed
//	go run ./tools/openapi -check    write nothing; fail when something would change
//
// It runs openapi-gen over the packages of the API types, builds a small program out of what that writes and of package
// document, lets it make the documents, and stores them compressed with an index in Go. The definitions are an
// intermediate: they exist only in a temporary directory and in the build cache.
//
// It must never be imported, nor be needed to build or to run the product.
package main
