package serve

import (
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// stubEnv keeps the stub's own Go runtime small; the container's environment comes with its description.
var stubEnv = []string{"GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1"}

// birth is where a process is forked: what its thread joins first, and its files.
type birth struct {
	flags   uintptr // namespaces to make
	tasks   []string
	cgroup2 string
	pids    int // pidfd of the process whose process namespace to join, or -1
	files   []uintptr
}

type born struct {
	pid, pidfd, tid int
	fault           *wire.Fault
}

// fork starts a stub on a thread that exists for this alone, and waits until that thread is gone: a child's death
// signal comes when the thread that made it ends, so the stub may only ask for one after that.
func fork(b birth) born {
	result := make(chan born, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with this function
		result <- b.onThread()
	}()
	r := <-result
	for range 2000 {
		if unix.Tgkill(unix.Getpid(), r.tid, 0) != nil {
			break
		}
		runtime.Gosched()
		pause := unix.Timespec{Nsec: int64(20 * time.Microsecond)}
		_ = unix.Nanosleep(&pause, nil)
	}
	return r
}

func (b birth) onThread() born {
	r := born{tid: unix.Gettid(), pidfd: -1}
	for _, path := range b.tasks {
		if err := joinTasks(path); err != nil {
			r.fault = fault(wire.StageSpawn, "joining the cgroup "+path, err)
			return r
		}
	}
	attr := syscall.ProcAttr{Env: stubEnv, Files: b.files, Sys: &syscall.SysProcAttr{Cloneflags: b.flags, PidFD: &r.pidfd}}
	if b.cgroup2 != "" {
		dir, err := unix.Open(b.cgroup2, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			r.fault = fault(wire.StageSpawn, "joining the cgroup "+b.cgroup2, err)
			return r
		}
		defer unix.Close(dir)
		attr.Sys.UseCgroupFD, attr.Sys.CgroupFD = true, dir
	}
	if b.pids >= 0 {
		if err := unix.Setns(b.pids, unix.CLONE_NEWPID); err != nil {
			r.fault = fault(wire.StageSpawn, "entering the process namespace", err)
			return r
		}
	}
	var err error
	if r.pid, err = syscall.ForkExec("/proc/self/exe", []string{"argosy-init", "init"}, &attr); err != nil {
		r.fault = fault(wire.StageSpawn, "starting the init stub", err)
		if err == syscall.E2BIG || err == syscall.ENOMEM { // the stub's few arguments are never too long
			r.fault.Text = "starting the init stub: out of memory; the container's memory limit is too low"
		}
	}
	return r
}

// joinTasks moves the calling thread, and it alone.
func joinTasks(path string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for {
		if _, err = unix.Write(fd, []byte("0")); err != unix.EINTR {
			return err
		}
	}
}
