package stub

import (
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// joinTasks puts this thread, the one that will be the program, into the container's v1 cgroups.
func joinTasks(spec *wire.Init) *wire.Fault {
	for _, path := range spec.Tasks {
		if err := writeFile(path, "0"); err != nil {
			return setup("joining the cgroup "+path, err)
		}
	}
	return nil
}

// joinMounts enters the mount and cgroup namespaces of a running container. Its process, network, IPC and host name
// namespaces the supervisor has already put the stub into.
func joinMounts() *wire.Fault {
	unix.CloseOnExec(wire.FDTarget)
	// A thread may only change its mount namespace once it shares root and working directory with no other thread.
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return setup("leaving the shared file system attributes", err)
	}
	if err := unix.Setns(wire.FDTarget, unix.CLONE_NEWNS|unix.CLONE_NEWCGROUP); err != nil {
		return setup("entering the container's mount namespace", err)
	}
	return nil
}
