// Package node is the kind v1 Node.
//
// A status write that brings nothing new but heartbeat times is not made durable: the next one follows within minutes.
package node
