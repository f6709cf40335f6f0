package stub

import (
	"strconv"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// What the stub says to the supervisor, by the first byte.
const (
	Terminal = 't' // the terminal's master comes with this byte
	Ready    = 'r' // only the final steps are left; if nothing follows, the program runs
	Failed   = 'f' // a wire.Fault follows
)

// supervisorGone tells whether the supervisor ended while the stub was busy.
func supervisorGone() bool {
	fds := []unix.PollFd{{Fd: wire.FDSync, Events: unix.POLLIN}}
	n, _ := unix.Poll(fds, 0)
	return n > 0 && fds[0].Revents&(unix.POLLHUP|unix.POLLERR) != 0
}

func report(f *wire.Fault) {
	_, _ = unix.Write(wire.FDSync, f.Append([]byte{Failed}))
}

func setup(what string, err error) *wire.Fault { return newFault(wire.StageSetup, what, err) }

func newFault(stage uint8, what string, err error) *wire.Fault {
	f := &wire.Fault{Stage: stage, Text: what}
	if err != nil {
		f.Text += ": " + err.Error()
	}
	if errno, ok := err.(unix.Errno); ok {
		f.Errno = uint32(errno)
	}
	return f
}

func itoa(n int) string { return strconv.Itoa(n) }
