package cluster

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Terminal is a process that runs on a terminal of its own.
type Terminal struct {
	*Process
	master *os.File
}

// StartOnTerminal runs a command beside the test, on a terminal of so many rows and columns.
func (n *Network) StartOnTerminal(t testing.TB, cmd *exec.Cmd, rows, columns uint16) *Terminal {
	t.Helper()
	master, slave, err := openTerminal()
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	term := &Terminal{Process: &Process{cmd: cmd, out: newOutput(), stdin: master, ended: make(chan struct{})}, master: master}
	term.Resize(t, rows, columns)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := n.Do(cmd.Start); err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.Copy(term.out, master) // until nobody has the other end open
		_ = cmd.Wait()
		close(term.ended)
	}()
	t.Cleanup(term.End)
	return term
}

// Resize gives the terminal another size, of which the process hears by SIGWINCH.
func (term *Terminal) Resize(t testing.TB, rows, columns uint16) {
	t.Helper()
	raw, err := term.master.SyscallConn()
	if err == nil {
		var ioctlErr error
		err = raw.Control(func(fd uintptr) {
			ioctlErr = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: rows, Col: columns})
		})
		if err == nil {
			err = ioctlErr
		}
	}
	if err != nil {
		t.Fatalf("setting a terminal's size: %v", err)
	}
}

// openTerminal opens both ends of a new pseudo-terminal.
func openTerminal() (master, slave *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("opening a terminal: %w", err)
	}
	master = os.NewFile(uintptr(fd), "/dev/ptmx")
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = master.Close()
		return nil, nil, fmt.Errorf("opening a terminal: %w", err)
	}
	return master, slave, nil
}
