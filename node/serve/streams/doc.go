// Package streams speaks the protocols by which clients reach into containers: SPDY/3.1 and WebSocket, each with the subprotocols that
// kubectl and other clients of any age ask for.
//
//	exec, attach   SPDY  channel.k8s.io, v2, v3, v4
//	               WebSocket  channel.k8s.io, v4, v5, each but v5 also as base64
//	port-forward   SPDY  portforward.k8s.io
//	               WebSocket  SPDY/3.1+portforward.k8s.io (SPDY inside), v4.channel.k8s.io, v4.base64.channel.k8s.io
//
// Flows in: HTTP requests that ask for an upgrade. Flows out: calls of a function with plain readers and writers, whose context ends when the
// client is gone. A connection is served by the goroutines of one call of [Command] or [Forward], which returns when all of them
// have ended. The room must never know pods, containers or a runtime.
package streams
