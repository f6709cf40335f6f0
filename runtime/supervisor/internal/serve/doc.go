// Package serve is the supervisor: the one process a pod sandbox that outlives the agent. It forks containers and exec
// sessions on request, owns the containers' output and input, writes their logs, reaps them, and keeps how each ended on
// disk and for whoever connects next.
//
// Requests flow in over a unix socket that the agent made and handed over listening; replies and exits flow out of it.
// The supervisor was born into the sandbox's network, IPC and host name namespaces, so its children are in them.
//
// One loop on the first thread does everything and blocks only in epoll. Children are forked by that thread, too, for
// what a child may depend on, the death signal of its parent, is the thread's. Memory is what counts here: no goroutine a
// stream, no fmt, no os.
package serve
