package stub

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// takeIdentity gives up what the container must not have, in the one order that works: the bounding set while there is
// CAP_SETPCAP, then groups and user with the capabilities kept, then the filter and the final capabilities. A filter
// without no_new_privs needs CAP_SYS_ADMIN, so it is loaded before the capabilities go; otherwise after, so that it need
// not allow what this does.
func takeIdentity(spec *wire.Init, lateChdir bool) *wire.Fault {
	for c := range uint(64) {
		if spec.Caps.Bounding>>c&1 == 0 {
			if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err == unix.EINVAL {
				break // past the last capability that the kernel has
			} else if err != nil {
				return setup("limiting the capability bounding set", err)
			}
		}
	}
	if err := unix.Prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0, 0); err != nil {
		return setup("keeping capabilities", err)
	}
	if err := switchUser(spec); err != nil {
		return setup("becoming user "+itoa(int(spec.UID))+" group "+itoa(int(spec.GID)), err)
	}
	if lateChdir {
		if err := unix.Chdir(spec.Cwd); err != nil {
			return setup("entering the working directory "+spec.Cwd, err)
		}
	}
	if f := insideRoot(); f != nil {
		return f
	}
	unix.Umask(int(spec.Umask))
	// A change of credentials clears the death signal, so it is set after the last one but the final capabilities,
	// which are fewer and do not clear it again.
	if f := dieWithSupervisor(); f != nil {
		return f
	}
	filtered := len(spec.Seccomp) == 0
	if !filtered && !spec.NoNewPrivs {
		if err := regain(); err != nil {
			return setup("regaining capabilities for the system call filter", err)
		}
		if err := loadFilter(spec); err != nil {
			return setup("loading the system call filter", err)
		}
		filtered = true
	}
	if err := setCapabilities(spec.Caps); err != nil {
		return setup("setting capabilities", err)
	}
	if spec.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return setup("setting no_new_privs", err)
		}
	}
	if !filtered {
		if err := loadFilter(spec); err != nil {
			return setup("loading the system call filter", err)
		}
	}
	return nil
}

// switchUser changes this thread only: the others vanish at execve.
func switchUser(spec *wire.Init) error {
	var groups unsafe.Pointer
	if len(spec.Groups) > 0 {
		groups = unsafe.Pointer(&spec.Groups[0])
	}
	if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(spec.Groups)), uintptr(groups), 0); e != 0 {
		return e
	}
	gid, uid := uintptr(spec.GID), uintptr(spec.UID)
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, gid, gid, gid); e != 0 {
		return e
	}
	if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, uid, uid, uid); e != 0 {
		return e
	}
	return nil
}

// insideRoot refuses a working directory that is not below the root, which a link into /proc could have named.
func insideRoot() *wire.Fault {
	var b [unix.PathMax]byte
	n, err := unix.Getcwd(b[:])
	if err == nil && (n == 0 || b[0] != '/') {
		err = unix.ENOENT
	}
	if err != nil {
		return setup("the working directory lies outside of the container", err)
	}
	return nil
}

func dieWithSupervisor() *wire.Fault {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return setup("tying the process to its supervisor", err)
	}
	if supervisorGone() {
		return setup("the supervisor is gone", nil)
	}
	return nil
}

func loadFilter(spec *wire.Init) error {
	program := unix.SockFprog{
		Len:    uint16(len(spec.Seccomp) / int(unsafe.Sizeof(unix.SockFilter{}))),
		Filter: (*unix.SockFilter)(unsafe.Pointer(&spec.Seccomp[0])),
	}
	_, _, e := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, uintptr(spec.SeccompFlags), uintptr(unsafe.Pointer(&program)))
	if e != 0 {
		return e
	}
	return nil
}

func regain() error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return err
	}
	for i := range data {
		data[i].Effective = data[i].Permitted
	}
	return unix.Capset(&header, &data[0])
}

func setCapabilities(c wire.Capabilities) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for i := range data {
		shift := 32 * i
		data[i] = unix.CapUserData{
			Effective: uint32(c.Effective >> shift), Permitted: uint32(c.Permitted >> shift), Inheritable: uint32(c.Inheritable >> shift),
		}
	}
	if err := unix.Capset(&header, &data[0]); err != nil {
		return err
	}
	for n := range uintptr(64) {
		if c.Ambient>>n&1 == 1 {
			if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, n, 0, 0); err != nil {
				return err
			}
		}
	}
	return nil
}
