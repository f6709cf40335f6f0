// Command argosy-supervisor is the small program that stands between the agent and its containers: "supervisor", one a pod
// sandbox, and "init" and "user", the stub that becomes a container's program. The agent carries it inside and is the only one to
// run it.
package main

import (
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/serve"
	"argosy.dev/runtime/supervisor/internal/stub"
)

func main() {
	// Both roles live on the first thread: a stub's credentials must be those of the thread that executes, and a
	// supervisor's first thread must never be one that is given away with a cgroup.
	runtime.LockOSThread()
	switch role() {
	case "supervisor":
		serve.Run()
	case "init":
		stub.Run()
	case stub.Inside:
		stub.RunInside()
	case "hold":
		stub.Hold()
	default:
		println("argosy-supervisor is run by argosy, not by hand")
		unix.Exit(2)
	}
}

// role is the first argument. The kernel is asked, because package os is a tenth of this program's memory.
func role() string {
	fd, err := unix.Open("/proc/self/cmdline", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return ""
	}
	defer unix.Close(fd)
	var b [256]byte
	n, err := unix.Read(fd, b[:])
	if err != nil {
		return ""
	}
	if words := strings.Split(string(b[:n]), "\x00"); len(words) > 1 {
		return words[1]
	}
	return ""
}
