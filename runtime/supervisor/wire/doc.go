// Package wire is what the agent, the supervisors and their init stubs say to each other: frames over a unix socket, and
// the description of a process that a stub is to become.
//
// Numbers are little endian, strings and lists are preceded by their length. There is no reflection and no dependency
// beyond the kernel's constants, because the supervisor and the stub must start in a millisecond and stay under three
// megabytes. A frame may carry file descriptors beside it. Decoders accept any bytes and answer with an error; they never
// panic and never allocate more than the input justifies.
//
// The package knows nothing of containers' life cycles, CRI or the file system.
package wire
