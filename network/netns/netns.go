package netns

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Handle keeps one network namespace alive.
type Handle struct {
	file *os.File
	home bool // the process's own: nothing to enter
}

// Open returns a handle of the namespace pinned at path. An empty path means the process's own namespace.
func Open(path string) (*Handle, error) {
	home := path == ""
	if home {
		path = "/proc/self/ns/net"
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the network namespace: %w", err)
	}
	var fs unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &fs); err != nil || fs.Type != unix.NSFS_MAGIC {
		_ = f.Close()
		return nil, fmt.Errorf("opening the network namespace: %s is not a pinned namespace", path)
	}
	return &Handle{file: f, home: home}, nil
}

// New makes a fresh namespace that lives as long as its handle, or something inside it, does. Its loopback is down.
func New() (*Handle, error) {
	var h *Handle
	err := onOwnThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("making a network namespace: %w", err)
		}
		f, err := os.Open("/proc/thread-self/ns/net")
		if err != nil {
			return fmt.Errorf("opening the new network namespace: %w", err)
		}
		h = &Handle{file: f}
		return nil
	})
	return h, err
}

// Do runs fn on a thread inside the namespace. Goroutines that fn starts are outside it.
func (h *Handle) Do(fn func() error) error {
	if h.home {
		return fn()
	}
	return onOwnThread(func() error {
		if err := unix.Setns(h.Fd(), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("entering the network namespace: %w", err)
		}
		return fn()
	})
}

// Fd returns the file descriptor of the namespace, valid until Close.
func (h *Handle) Fd() int { return int(h.file.Fd()) }

// Path returns a path by which this process can open the namespace until Close.
func (h *Handle) Path() string { return fmt.Sprintf("/proc/self/fd/%d", h.Fd()) }

// Inode tells namespaces of one boot apart.
func (h *Handle) Inode() (uint64, error) {
	var st unix.Stat_t
	if err := unix.Fstat(h.Fd(), &st); err != nil {
		return 0, fmt.Errorf("identifying the network namespace: %w", err)
	}
	return st.Ino, nil
}

// Close lets go of the namespace.
func (h *Handle) Close() error { return h.file.Close() }

// onOwnThread runs fn on a thread that may change namespaces. The thread comes home afterwards; one that cannot is never
// used again.
func onOwnThread(fn func() error) error {
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		home, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			runtime.UnlockOSThread()
			done <- fmt.Errorf("opening the own network namespace: %w", err)
			return
		}
		defer func() {
			if unix.Setns(home, unix.CLONE_NEWNET) == nil {
				runtime.UnlockOSThread()
			} // else the runtime ends the thread with this goroutine
			_ = unix.Close(home)
		}()
		done <- fn()
	}()
	return <-done
}
