// Package app is the composition root: the only room that knows all the others. It turns options into a running server, a
// running node, or both, starts the parts in order, stops them in reverse, and says in a few lines what it does.
//
// Flows in: [Options] and the smaller argument structs, already parsed by cli. Flows out: lines for the user on the given
// writer, and errors that tell what failed, where, and what to do next. It must never hold logic that belongs into a room:
// here is only wiring.
//
// Every entry point blocks until it is done or its context ends; entry points may be called at the same time as long as
// they do not share a data directory.
package app
