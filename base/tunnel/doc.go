// Package tunnel passes an upgraded HTTP/1.1 connection (SPDY, WebSocket) on to another server, byte for byte, and notices peers that
// are gone though nobody reads from them.
//
// Flows in: a request that asks for an upgrade, and a connection to who shall answer it. Flows out: the other side's answer, and then
// whatever both sides say. It must never look into what is said.
package tunnel
