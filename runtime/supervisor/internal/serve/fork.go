package serve

import (
	"syscall"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/internal/stub"
	"argosy.dev/runtime/supervisor/wire"
)

// birth is how a stub is forked.
type birth struct {
	flags   uintptr // namespaces to make
	cgroup2 string
	pids    int // pidfd of the process whose process namespace to join, or -1
	files   []uintptr
}

// fork starts a stub as a child of this thread, the first, which never ends: a child's death signal comes when the thread
// that made it does.
func (s *server) fork(b birth) (pid, pidfd int, f *wire.Fault) {
	attr := syscall.ProcAttr{Env: stub.Env(), Files: b.files, Sys: &syscall.SysProcAttr{Cloneflags: b.flags, PidFD: &pidfd}}
	if b.cgroup2 != "" {
		dir, err := unix.Open(b.cgroup2, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			return 0, -1, fault(wire.StageSpawn, "joining the cgroup "+b.cgroup2, err)
		}
		defer unix.Close(dir)
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, dir
	}
	if b.pids >= 0 {
		// Of this thread only what it forks is concerned; new threads Go makes on another one, as this one is locked.
		if err := unix.Setns(b.pids, unix.CLONE_NEWPID); err != nil {
			return 0, -1, fault(wire.StageSpawn, "entering the process namespace", err)
		}
		defer func() {
			if err := unix.Setns(s.pids, unix.CLONE_NEWPID); err != nil {
				println("argosy-supervisor: leaving a process namespace:", err.Error())
				unix.Exit(1) // later children would be born into the wrong one
			}
		}()
	}
	pid, err := syscall.ForkExec("/proc/self/exe", []string{"argosy-init", "init"}, &attr)
	if err != nil {
		return 0, -1, fault(wire.StageSpawn, "starting the init stub", err)
	}
	return pid, pidfd, nil
}
