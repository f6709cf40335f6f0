package stub

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// Run becomes the process that the memory file describes. It returns only by ending the process, after having told the
// supervisor what went wrong. The caller has locked the first thread.
func Run() {
	report(become())
	unix.Exit(1)
}

// RunInside is the second half, in a user namespace. See users.go.
func RunInside() {
	report(becomeInside())
	unix.Exit(1)
}

func begin() (*wire.Init, *wire.Fault) {
	unix.CloseOnExec(wire.FDSpec)
	unix.CloseOnExec(wire.FDSync)
	// Nothing in the container may look into this process before it is the program; execve undoes it.
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return nil, setup("hiding the init stub", err)
	}
	return readSpec()
}

func become() *wire.Fault {
	spec, f := begin()
	if f != nil {
		return f
	}
	users, f := openUsers(spec)
	if f != nil {
		return f
	}
	if f := joinTasks(spec); f != nil {
		return f
	}
	_, _ = unix.Setsid() // fails only for a process group's leader, which leads its session then
	unix.Umask(0)
	if f := ownLimits(spec); f != nil {
		return f
	}
	if spec.Join {
		if f := joinMounts(); f != nil {
			return f
		}
	} else if f := makeRoot(spec, users.namespace); f != nil {
		return f
	}
	if spec.UserNamespace != "" {
		if !spec.Terminal {
			ownStreams(spec.StreamUID)
		}
		return users.startAnew()
	}
	if !spec.Terminal {
		ownStreams(spec.UID)
	}
	return finish(spec)
}

// finish is what is done with the root file system in place.
func finish(spec *wire.Init) *wire.Fault {
	late := enterDirectory(spec)
	if spec.Terminal {
		if f := openTerminal(spec); f != nil {
			return f
		}
	}
	if f := labels(spec); f != nil {
		return f
	}
	if f := resetProcess(); f != nil {
		return f
	}
	if f := takeIdentity(spec, late); f != nil {
		return f
	}
	if spec.Pause {
		stay()
	}
	return execute(spec)
}

// stay never returns. Ignoring the end of children makes the kernel reap those that the namespace leaves to its first
// process.
func stay() {
	_ = unix.Prctl(unix.PR_SET_NAME, uintptr(unsafe.Pointer(&[]byte("argosy-pause\x00")[0])), 0, 0, 0)
	ignore := [4]uint64{1}
	_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(unix.SIGCHLD), uintptr(unsafe.Pointer(&ignore)), 0, 8, 0, 0)
	_ = unix.CloseRange(0, ^uint(0)>>1, 0) // also tells the supervisor that this process is in place
	for {
		_, _ = unix.Ppoll(nil, nil, nil)
	}
}

func readSpec() (*wire.Init, *wire.Fault) {
	var st unix.Stat_t
	if err := unix.Fstat(wire.FDSpec, &st); err != nil {
		return nil, setup("reading the process description", err)
	}
	b := make([]byte, st.Size)
	for n := 0; n < len(b); {
		m, err := unix.Pread(wire.FDSpec, b[n:], int64(n))
		if err == unix.EINTR {
			continue
		}
		if err != nil || m == 0 {
			return nil, setup("reading the process description", err)
		}
		n += m
	}
	spec, err := wire.DecodeInit(b)
	if err != nil {
		return nil, setup("reading the process description", err)
	}
	return spec, nil
}

// ownLimits sets what belongs to the process as a whole and needs the supervisor's rights and its view of /proc.
func ownLimits(spec *wire.Init) *wire.Fault {
	if spec.SetOOMScore {
		if err := writeFile("/proc/self/oom_score_adj", itoa(int(spec.OOMScore))); err != nil {
			return setup("setting oom_score_adj to "+itoa(int(spec.OOMScore)), err)
		}
	}
	for _, r := range spec.Rlimits {
		limit := unix.Rlimit{Cur: r.Soft, Max: r.Hard}
		if err := unix.Prlimit(0, int(r.Resource), &limit, nil); err != nil {
			return setup("setting resource limit "+itoa(int(r.Resource)), err)
		}
	}
	return nil
}

// enterDirectory goes to the working directory, making it if it is missing. A directory that root may not enter (a
// network file system that trusts no root) is left for the user: the result says whether that is still to be done.
func enterDirectory(spec *wire.Init) (late bool) {
	if unix.Chdir(spec.Cwd) == nil {
		return false
	}
	if !spec.Join {
		makeDirectories(spec.Cwd)
	}
	return unix.Chdir(spec.Cwd) != nil
}

func makeDirectories(path string) {
	for i := 1; i < len(path); i++ {
		if path[i] == '/' {
			_ = unix.Mkdir(path[:i], 0o755)
		}
	}
	_ = unix.Mkdir(path, 0o755) // the chdir that follows tells whether it worked
}

// ownStreams gives the pipes to the user, so that it can open /dev/stdout again.
func ownStreams(uid uint32) {
	for fd := range 3 {
		var st unix.Stat_t
		if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO {
			_ = unix.Fchown(fd, int(uid), -1)
		}
	}
}

func labels(spec *wire.Init) *wire.Fault {
	if spec.AppArmor != "" {
		if err := writeFile("/proc/thread-self/attr/apparmor/exec", "exec "+spec.AppArmor); err != nil {
			return setup("taking the AppArmor profile "+spec.AppArmor, err)
		}
	}
	if spec.SELinux != "" {
		if err := writeFile("/proc/thread-self/attr/exec", spec.SELinux); err != nil {
			return setup("taking the SELinux label "+spec.SELinux, err)
		}
	}
	return nil
}

func writeFile(path, text string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	_, err = unix.Write(fd, []byte(text))
	_ = unix.Close(fd)
	return err
}
