// Package serve is the supervisor: the one process a pod sandbox that outlives the agent. It forks containers and exec
// sessions on request, owns the containers' output and input, writes their logs, reaps them, and keeps how each ended on
// disk and for whoever connects next.
//
// Requests flow in over a unix socket that the agent made and handed over listening; replies and exits flow out of it.
// The supervisor was born into the sandbox's network, IPC and host name namespaces, so its children are in them.
//
// One loop on the first thread does everything and blocks only in epoll. The exception is a fork: it happens on a thread
// of its own, which puts itself into the container's cgroups and process namespace first (joining v1 cgroups from outside
// costs milliseconds, from within nothing) and ends right after. Memory is what counts here: no goroutine a stream, no
// fmt, no os.
package serve
