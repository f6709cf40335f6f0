package stub

import (
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// openTerminal makes a terminal in the container's own devpts, so that its name means something inside, sends the
// master to the supervisor, and takes the other end as standard streams and controlling terminal.
func openTerminal(spec *wire.Init) *wire.Fault {
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return setup("opening a terminal", err)
	}
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		return setup("unlocking the terminal", err)
	}
	slave, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(master), unix.TIOCGPTPEER, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC)
	if e != 0 {
		return setup("opening the terminal's other end", e)
	}
	if spec.Rows != 0 && spec.Cols != 0 {
		size := unix.Winsize{Row: uint16(spec.Rows), Col: uint16(spec.Cols)}
		_ = unix.IoctlSetWinsize(master, unix.TIOCSWINSZ, &size)
	}
	if err := unix.Fchown(int(slave), int(spec.UID), -1); err != nil && err != unix.EROFS {
		return setup("giving the terminal to the user", err)
	}
	if !spec.Join {
		if f := mountConsole(int(slave)); f != nil {
			return f
		}
	}
	if err := unix.Sendmsg(wire.FDSync, []byte{Terminal}, unix.UnixRights(master), nil, 0); err != nil {
		return setup("handing the terminal over", err)
	}
	for fd := range 3 {
		if err := unix.Dup3(int(slave), fd, 0); err != nil {
			return setup("taking the terminal", err)
		}
	}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 0); e != 0 {
		return setup("taking control of the terminal", e)
	}
	_ = unix.Close(master)
	return nil
}

func mountConsole(slave int) *wire.Fault {
	fd, err := unix.Open("/dev/console", unix.O_CREAT|unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NOCTTY|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return setup("making /dev/console", err)
	}
	_ = unix.Close(fd)
	tree, err := unix.OpenTree(slave, "", detached|unix.AT_EMPTY_PATH)
	if err != nil {
		return setup("cloning the terminal for /dev/console", err)
	}
	defer unix.Close(tree)
	if err := unix.MoveMount(tree, "", unix.AT_FDCWD, "/dev/console", unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return setup("mounting /dev/console", err)
	}
	return nil
}
