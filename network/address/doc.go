// Package address hands out the addresses of one node's pod range.
//
// A [Pool] is arithmetic over one prefix: it does no I/O, and what it knows is rebuilt at start from the journal of the
// room. An address given back is the last to be handed out again, so that a connection, a cache or a firewall entry that
// still remembers the former pod meets nobody rather than a stranger.
//
// It never knows what an address is used for. A Pool is not safe for concurrent use; its owner guards it.
package address
