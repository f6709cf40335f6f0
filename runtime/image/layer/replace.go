package layer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// remove removes what this layer has at a name, to make room for a later entry. Descriptors that the caller holds stay open.
func (u *unpacker) remove(parent directory, base string) error {
	u.stale = true
	err := unix.Unlinkat(parent.fd, base, 0)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	if !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EPERM) {
		return err
	}
	if err := removeDirectory(parent.fd, base, 0); err != nil {
		return err
	}
	real := path.Join(parent.real, base)
	for name := range u.opaque {
		if name == real || within(name, real) {
			delete(u.opaque, name)
		}
	}
	return nil
}

func within(name, dir string) bool {
	return len(name) > len(dir) && name[len(dir)] == '/' && name[:len(dir)] == dir
}

func removeDirectory(parent int, base string, depth int) error {
	if depth > depthLimit {
		return fmt.Errorf("%w: a directory more than %d levels deep", ErrUnsafe, depthLimit)
	}
	fd, err := openAt(parent, base)
	if err != nil {
		return err
	}
	dir := os.NewFile(uintptr(fd), base)
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(512)
		for _, name := range names {
			err := unix.Unlinkat(fd, name, 0)
			if errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EPERM) {
				err = removeDirectory(fd, name, depth+1)
			}
			if err != nil && !errors.Is(err, unix.ENOENT) {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	return unix.Unlinkat(parent, base, unix.AT_REMOVEDIR)
}
