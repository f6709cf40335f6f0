package layer

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// lower looks into the layers below as overlayfs would show them.
type lower struct{ roots []int }

func openLower(dirs []string) (*lower, error) {
	l := &lower{}
	for _, dir := range dirs {
		fd, err := unix.Open(dir, openDirectory, 0)
		if err != nil {
			l.close()
			return nil, fmt.Errorf("opening the layer below in %s: %w", dir, err)
		}
		l.roots = append(l.roots, fd)
	}
	return l, nil
}

func (l *lower) close() {
	for _, fd := range l.roots {
		unix.Close(fd)
	}
	l.roots = nil
}

// found is a name in a layer below: its last component in parent. The zero value is nothing found.
type found struct {
	parent int
	stat   unix.Stat_t
	ok     bool
}

func (f found) is(format uint32) bool { return f.ok && f.stat.Mode&unix.S_IFMT == format }

func (f found) close() {
	if f.ok {
		unix.Close(f.parent)
	}
}

// find looks a name up that has no symbolic link in its directories. The caller closes what is found.
func (l *lower) find(real string) (found, error) {
	for _, root := range l.roots {
		f, hidden, err := findIn(root, real)
		if err != nil || f.ok || hidden {
			return f, err
		}
	}
	return found{}, nil
}

// findIn looks into one layer. hidden tells that it hides what is below it.
func findIn(root int, real string) (f found, hidden bool, err error) {
	at, err := unix.FcntlInt(uintptr(root), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return found{}, false, err
	}
	for {
		component, rest, more := strings.Cut(real, "/")
		var st unix.Stat_t
		err := unix.Fstatat(at, component, &st, unix.AT_SYMLINK_NOFOLLOW)
		if errors.Is(err, unix.ENOENT) {
			unix.Close(at)
			return found{}, hidden, nil
		}
		if err != nil {
			unix.Close(at)
			return found{}, false, err
		}
		if isWhiteout(&st) {
			unix.Close(at)
			return found{}, true, nil
		}
		if !more {
			return found{parent: at, stat: st, ok: true}, true, nil
		}
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			unix.Close(at)
			return found{}, true, nil
		}
		next, err := openAt(at, component)
		unix.Close(at)
		if err != nil {
			return found{}, false, err
		}
		at, real = next, rest
		if isOpaque(at) {
			hidden = true
		}
	}
}

func isWhiteout(st *unix.Stat_t) bool {
	return st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Rdev == 0
}

func isOpaque(fd int) bool {
	var value [1]byte
	n, err := unix.Fgetxattr(fd, opaqueXattr, value[:])
	return err == nil && n == 1 && value[0] == 'y'
}

// openAt opens a directory by one component.
func openAt(parent int, base string) (int, error) {
	return unix.Openat(parent, base, openDirectory, 0)
}

// openReal opens a directory by a name that must have no symbolic link in it.
func openReal(root int, real string) (int, error) {
	if real == "" {
		real = "."
	}
	for {
		fd, err := unix.Openat2(root, real, &unix.OpenHow{
			Flags:   openDirectory,
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS,
		})
		if !errors.Is(err, unix.EINTR) && !errors.Is(err, unix.EAGAIN) {
			return fd, err
		}
	}
}

func readLink(parent int, base string) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(parent, base, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}
