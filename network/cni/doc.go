// Package cni lets a container runtime that is not ours ask for the pod network in its own way: by the Container Network
// Interface, which runs a program for every sandbox that comes and goes.
//
// The program is argosy itself, under a name in the runtime's folder of plugins ([Installation]); it reads what the runtime
// says ([Plugin]) and passes it on, over a socket, to the agent ([Serve]), which owns addresses, links and host ports. The
// runtime so knows the sandbox's address before the first container starts, and tells it wherever CRI does; and a sandbox is
// never up without its network, as it would be if the agent wired it behind the runtime's back.
//
// An agent that is away answers nothing: the runtime is told to try again later. The package never knows which runtime asks.
package cni
