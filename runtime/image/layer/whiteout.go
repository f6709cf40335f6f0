package layer

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

// whiteout applies an entry whose last component begins with ".wh.".
func (u *unpacker) whiteout(parent directory, base string) error {
	if base == opaqueMarker {
		return u.setOpaque(parent)
	}
	if strings.HasPrefix(base, metaPrefix) {
		return nil
	}
	name := strings.TrimPrefix(base, whiteoutPrefix)
	if name == "" || name == "." || name == ".." {
		return fmt.Errorf("%w: it deletes no name", ErrInvalid)
	}
	real := path.Join(parent.real, name)
	var st unix.Stat_t
	err := unix.Fstatat(parent.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil {
		// A whiteout is about the layers below; what this layer puts there stays.
		if st.Mode&unix.S_IFMT != unix.S_IFDIR {
			return nil
		}
		fd, err := openAt(parent.fd, name)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		return u.setOpaque(directory{fd, real})
	}
	if !errors.Is(err, unix.ENOENT) {
		return err
	}
	// A whiteout of nothing would show in a directory that is not merged with any other.
	f, err := u.below(real)
	if err != nil || !f.ok {
		return err
	}
	f.close()
	if err := u.budget.entry(); err != nil {
		return err
	}
	return unix.Mknodat(parent.fd, name, unix.S_IFCHR, 0)
}

// setOpaque hides what the layers below have in a directory.
func (u *unpacker) setOpaque(dir directory) error {
	if u.opaque[key(dir.real)] {
		return nil
	}
	u.opaque[key(dir.real)] = true
	if len(u.lower.roots) == 0 || dir.real == "" {
		return nil // the root's is for hideBelowRoot
	}
	if err := dropWhiteouts(dir.fd); err != nil {
		return err
	}
	if err := unix.Fsetxattr(dir.fd, opaqueXattr, []byte("y"), 0); err != nil {
		return fmt.Errorf("marking the directory opaque: %w", err)
	}
	return nil
}

// key is a real name as path.Dir would give it.
func key(real string) string {
	if real == "" {
		return "."
	}
	return real
}

// replaceWhiteout makes a directory where this layer had deleted one: nothing of the old shows in it.
func (u *unpacker) replaceWhiteout(parent directory, base, real string) error {
	if err := unix.Unlinkat(parent.fd, base, 0); err != nil {
		return err
	}
	return u.makeOpaque(parent, base, real)
}

// makeOpaque makes a directory in which nothing of the layers below shows.
func (u *unpacker) makeOpaque(parent directory, base, real string) error {
	fd, err := u.mkdir(parent, base)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return u.setOpaque(directory{fd, real})
}

// hideBelowRoot makes up for an opaque root, which overlayfs does not know: it hides the names of the layers below one by one.
func (u *unpacker) hideBelowRoot() error {
	if !u.opaque["."] {
		return nil
	}
	for _, root := range u.lower.roots {
		names, err := readNames(root)
		if err != nil {
			return err
		}
		for _, name := range names {
			if err := u.hide(name); err != nil {
				return fmt.Errorf("hiding %q: %w", shorten(name), err)
			}
		}
	}
	return nil
}

func (u *unpacker) hide(name string) error {
	f, err := u.lower.find(name)
	if err != nil || !f.ok {
		return err
	}
	f.close()
	var st unix.Stat_t
	err = unix.Fstatat(u.root.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		if err := u.budget.entry(); err != nil {
			return err
		}
		return unix.Mknodat(u.root.fd, name, unix.S_IFCHR, 0)
	case err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return err
	}
	fd, err := openAt(u.root.fd, name)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return u.setOpaque(directory{fd, name})
}

// dropWhiteouts removes the whiteouts directly in a directory: it hides all anyway.
func dropWhiteouts(fd int) error {
	names, err := readNames(fd)
	if err != nil {
		return err
	}
	for _, name := range names {
		var st unix.Stat_t
		if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
			return err
		}
		if isWhiteout(&st) {
			if err := unix.Unlinkat(fd, name, 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// readNames lists an open directory from its beginning.
func readNames(fd int) ([]string, error) {
	again, err := openAt(fd, ".")
	if err != nil {
		return nil, err
	}
	dir := os.NewFile(uintptr(again), "")
	defer dir.Close()
	return dir.Readdirnames(-1)
}
