package tree

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ErrMounted says that something is mounted inside the tree. Nothing behind that mount was touched.
var ErrMounted = errors.New("something is still mounted there")

// depthLimit is how deep removal and measuring descend with one descriptor a level. Removal lifts what is deeper to the top of
// the tree and goes on, measuring leaves it out.
const depthLimit = 200

const openDirectory = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC

// Remove deletes path and everything below it. A path that does not exist is no error. What could be deleted before an error
// is gone; Remove again deletes the rest.
func Remove(path string) error {
	parent, err := unix.Open(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("opening the directory of %s: %w", path, err)
	}
	defer unix.Close(parent)
	name := filepath.Base(path)
	for {
		r := remover{top: -1}
		err := r.remove(parent, name, 0)
		if err != nil {
			return fmt.Errorf("removing %s: %w", path, err)
		}
		if !r.lifted {
			return nil
		}
	}
}

type remover struct {
	// top is the descriptor of the tree's own directory, where too deep directories are lifted to; -1 before it is open.
	top    int
	lifted bool
}

func (r *remover) remove(parent int, name string, depth int) error {
	err := unix.Unlinkat(parent, name, 0)
	switch {
	case err == nil || errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%s: %w", name, ErrMounted)
	case !errors.Is(err, unix.EISDIR) && !errors.Is(err, unix.EPERM):
		return fmt.Errorf("%s: %w", name, err)
	}
	if depth > depthLimit {
		return r.lift(parent, name)
	}
	dir, err := openBelow(parent, name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if errors.Is(err, unix.EXDEV) {
		return fmt.Errorf("%s: %w", name, ErrMounted)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if r.top < 0 {
		r.top = int(dir.Fd())
		defer func() { r.top = -1 }()
	}
	err = r.empty(dir, depth)
	dir.Close()
	if err != nil {
		return fmt.Errorf("%s/%w", name, err)
	}
	err = unix.Unlinkat(parent, name, unix.AT_REMOVEDIR)
	switch {
	case err == nil || errors.Is(err, unix.ENOENT):
		return nil
	case errors.Is(err, unix.ENOTEMPTY) && r.lifted:
		return nil // what was lifted into it is next round's work
	case errors.Is(err, unix.EBUSY):
		return fmt.Errorf("%s: %w", name, ErrMounted)
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (r *remover) empty(dir *os.File, depth int) error {
	for {
		names, err := dir.Readdirnames(512)
		for _, name := range names {
			if err := r.remove(int(dir.Fd()), name, depth+1); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, unix.ENOENT) { // at its end, or removed by someone else
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// lift moves a directory that is too deep to the top of the tree, under a name that the tree cannot hold by chance.
func (r *remover) lift(parent int, name string) error {
	err := unix.Renameat2(parent, name, r.top, ".lifted-"+rand.Text(), unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EXDEV) {
		return fmt.Errorf("%s: %w", name, ErrMounted)
	}
	if err != nil {
		return fmt.Errorf("lifting %s: %w", name, err)
	}
	r.lifted = true
	return nil
}

// openBelow opens a directory by its name in parent; EXDEV if it is a mount point, ELOOP if it is a symbolic link.
func openBelow(parent int, name string) (*os.File, error) {
	for {
		fd, err := unix.Openat2(parent, name, &unix.OpenHow{
			Flags:   openDirectory,
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_XDEV,
		})
		if errors.Is(err, unix.EINTR) || errors.Is(err, unix.EAGAIN) {
			continue
		}
		if err != nil {
			return nil, err
		}
		return os.NewFile(uintptr(fd), name), nil
	}
}
