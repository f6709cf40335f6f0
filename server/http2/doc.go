// Package http2 carries requests and answers over HTTP/2 (RFC 9113) for an [http.Server], in place of net/http's own implementation.
//
// Most of what a small API request costs a processor is the way of its bytes: in net/http each answer is handed from the handler to the
// connection's goroutine, from there to one that writes, and back, with a system call and a TLS record of its own. Here a handler puts
// its frames into the connection's buffer itself (output.go). Whoever finds nobody writing, writes all that has gathered there, in one
// system call, so that a hundred watchers on a few connections cost a few writes an event. Goroutines that have grown their stacks are used for
// the next request (workers.go).
//
// Flows in: TLS connections that have agreed on "h2", from an http.Server that was told so by [Server.Attach]; listeners are wrapped by
// [Listen]. Flows out: calls of the server's handler, with a writer that does what those of net/http do: flush, deadlines by
// [http.ResponseController], trailers. What it does not do: push, extended CONNECT, priorities, hijacking. It must never know what
// requests mean. Frames are read, and header fields packed, by golang.org/x/net/http2.
//
// A connection is bounded in everything that its peer decides: streams, header sizes, bodies not read yet (the windows), answers not
// taken yet, control frames not taken yet, time without streams, time for one write.
package http2
