package stub

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// Only a process with a single thread may enter a user namespace, and a Go program never is one. So the stub of a process with
// a user namespace works in two halves: the first, with the supervisor's rights, joins cgroups and puts the root file system
// together; then it executes this program anew, whose entry point (entry_*.s) enters the namespace while there is but the one
// thread, before the Go runtime starts; and the second half does what is left with no rights outside.

// Env keeps a stub's own Go runtime small; the container's environment comes with its description.
func Env() []string {
	return []string{"GOMAXPROCS=1", "GOGC=off", "GODEBUG=asyncpreemptoff=1,containermaxprocs=0"}
}

// Inside is the first argument of the second half. The entry point knows it by its first four letters.
const Inside = "user"

// users are what is opened while it can be seen: the program, and the namespace. Both -1 without one.
type users struct{ program, namespace int }

func openUsers(spec *wire.Init) (users, *wire.Fault) {
	u := users{-1, -1}
	if spec.UserNamespace == "" {
		return u, nil
	}
	var err error
	if u.namespace, err = unix.Open(spec.UserNamespace, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return u, setup("opening the pod's user namespace", err)
	}
	if u.program, err = unix.Open("/proc/self/exe", unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
		return u, setup("opening the init stub", err)
	}
	return u, nil
}

// startAnew begins the second half. It returns only when that fails.
func (u users) startAnew() *wire.Fault {
	if u.program == wire.FDUser { // to be the namespace's
		fd, err := unix.FcntlInt(uintptr(u.program), unix.F_DUPFD_CLOEXEC, wire.FDUser+1)
		if err != nil {
			return setup("keeping the init stub", err)
		}
		u.program = fd
	}
	if u.namespace != wire.FDUser {
		if err := unix.Dup3(u.namespace, wire.FDUser, 0); err != nil {
			return setup("keeping the user namespace", err)
		}
	}
	for _, fd := range [...]int{wire.FDSpec, wire.FDSync, wire.FDUser} {
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0); err != nil {
			return setup("keeping files for the user namespace", err)
		}
	}
	args, err := syscall.SlicePtrFromStrings([]string{"argosy-init", Inside})
	if err != nil {
		return setup("starting anew in the user namespace", err)
	}
	env, err := syscall.SlicePtrFromStrings(Env())
	if err != nil {
		return setup("starting anew in the user namespace", err)
	}
	empty := [1]byte{}
	_, _, e := unix.RawSyscall6(unix.SYS_EXECVEAT, uintptr(u.program), uintptr(unsafe.Pointer(&empty[0])),
		uintptr(unsafe.Pointer(&args[0])), uintptr(unsafe.Pointer(&env[0])), unix.AT_EMPTY_PATH, 0)
	return setup("starting anew in the user namespace", e)
}

func becomeInside() *wire.Fault {
	unix.CloseOnExec(wire.FDUser)
	spec, f := begin()
	if f != nil {
		return f
	}
	if unix.Geteuid() == 0 { // inside, the supervisor's user has no name
		return setup("the supervisor was built without its entry point, which enters user namespaces", nil)
	}
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, 0, 0, 0); e != 0 {
		return setup("becoming the user namespace's root group", e)
	}
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, 0, 0, 0); e != 0 {
		return setup("becoming the user namespace's root", e)
	}
	if !spec.Join {
		// Made by this user namespace, the mounts are the container's, and yet locked together: what hides something cannot be
		// taken away, whatever capabilities there are.
		if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
			return setup("making the container's own mount namespace", err)
		}
	}
	return finish(spec)
}
