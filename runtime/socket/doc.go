// Package socket serves a container runtime to others on a Unix socket, as CRI v1 over gRPC: the opposite of remote.
//
// Requests flow in and become calls of the runtime and the image service that it was given; their answers and errors, with
// the codes that they carry, flow out. Whoever may open the socket may do everything, so it is its owner's alone. The
// package knows no particular runtime.
package socket
