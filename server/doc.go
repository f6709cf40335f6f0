// Package server is the HTTP face of the cluster: paths, media types, streams, status codes.
//
// A request passes the filters of chain.go in the order in which they stand there, is told apart by request.go, and ends in
// one file a verb. The verbs themselves are in resource; here a body is read, an answer is written, a watch is streamed.
// Everything is driven by descriptors: no concrete kind is named in this room, so that built-in and custom resources cannot
// be told apart. What is not an object but a stream from elsewhere (logs, exec, tokens) is a [Connector] that the app hands in.
//
// Flows in: HTTP requests, and from the app the pipeline, who is asked about identity and rights, health checks. Flows out:
// Kubernetes' API, v1.36. The room must never know the store, a controller or a node.
package server
