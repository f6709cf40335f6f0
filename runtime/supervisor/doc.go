// Package supervisor is the agent's hand on the processes that outlive it: it carries the supervisor program, starts one
// for a pod sandbox, and talks to those that run.
//
// The program is executed from a sealed memory file, so that nothing inside a container that gets hold of it can change
// it, and nothing is left on disk. A [Client] speaks package wire over a unix socket; its methods may be called from many
// goroutines. Exits are reported through a callback, in the order in which they happened, on the client's own goroutine.
//
// The package knows processes and files, never pods, images or CRI.
package supervisor
