// Package stub is the init stub's side of a start: a short-lived process that is born into a container's new namespaces,
// joins its cgroups, makes the root file system, takes on the user, capabilities, limits and filter that it was told, and
// becomes the container's program. For exec it enters a running container's mount namespace instead.
//
// Flows in: a [wire.Init] in a memory file. Flows out: that only execve is left (the socket closes by itself then), a
// terminal's master, or a [wire.Fault].
//
// Everything happens on the process's first thread, because credentials, filters and file system attributes belong to
// a thread. Paths inside the root are resolved by the kernel as if it were the root already, so that a link in an image
// cannot lead out of it. The package never sees container ids, CRI or logs.
package stub
