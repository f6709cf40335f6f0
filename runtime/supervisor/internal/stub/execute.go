package stub

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// execute becomes the program. It returns only when that fails.
func execute(spec *wire.Init) *wire.Fault {
	if len(spec.Args) == 0 {
		return newFault(wire.StageExecute, "no command to run", unix.EINVAL)
	}
	name := spec.Args[0]
	if strings.IndexByte(name, '/') >= 0 {
		return newFault(wire.StageExecute, "exec "+quote(name), unix.Exec(name, spec.Args, spec.Env))
	}
	var denied bool
	for _, dir := range strings.Split(searchPath(spec.Env), ":") {
		if name == "" {
			break
		}
		if dir == "" {
			dir = "."
		}
		switch err := unix.Exec(dir+"/"+name, spec.Args, spec.Env); err {
		case unix.ENOENT, unix.ENOTDIR:
		case unix.EACCES:
			denied = true
		default:
			return newFault(wire.StageExecute, "exec "+quote(dir+"/"+name), err)
		}
	}
	f := &wire.Fault{Stage: wire.StageExecute, Errno: uint32(unix.ENOENT), Text: "exec: " + quote(name) + ": executable file not found in $PATH"}
	if denied {
		f.Errno, f.Text = uint32(unix.EACCES), "exec: "+quote(name)+": permission denied"
	}
	return f
}

func searchPath(env []string) string {
	path := defaultPath
	for _, e := range env {
		if v, ok := strings.CutPrefix(e, "PATH="); ok {
			path = v
		}
	}
	return path
}

func quote(s string) string { return `"` + s + `"` }

// resetProcess closes every file at execve but the standard streams, and undoes what the agent's own parent may have
// left ignored: signal handlers go at execve, ignoring does not. It runs before the filter, which need not allow it.
func resetProcess() *wire.Fault {
	if err := unix.CloseRange(3, ^uint(0)>>1, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return setup("closing files", err)
	}
	var action [4]uint64 // the kernel's sigaction, all default
	for n := 1; n <= 64; n++ {
		if n == int(unix.SIGKILL) || n == int(unix.SIGSTOP) {
			continue
		}
		_, _, _ = unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(n), uintptr(unsafe.Pointer(&action)), 0, 8, 0, 0)
	}
	var none uint64
	_, _, e := unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&none)), 0, 8, 0, 0)
	if e != 0 {
		return setup("unblocking signals", e)
	}
	_, err := unix.Write(wire.FDSync, []byte{Ready})
	if err != nil {
		return setup("telling the supervisor", err)
	}
	return nil
}
