package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"path"
	"time"

	"golang.org/x/sys/unix"
)

// makeLink makes a hard link. Its target is a name of the archive's, or of a layer below and then copied into this one first.
func (u *unpacker) makeLink(parentName, base string, header *tar.Header) error {
	targetName, err := cleanName(header.Linkname)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", shorten(header.Linkname), err)
	}
	if targetName == "" {
		return fmt.Errorf("%w: a hard link to the root", ErrInvalid)
	}
	targetDir, targetBase := split(targetName)
	from, err := u.directory(targetDir)
	if err != nil {
		return fmt.Errorf("hard link to %q: %w", shorten(header.Linkname), err)
	}
	parent, err := u.directory(parentName)
	if err != nil {
		return err
	}
	if from.real == parent.real && targetBase == base {
		return fmt.Errorf("%w: a hard link to itself", ErrInvalid)
	}
	if err := u.linkTarget(from, targetBase); err != nil {
		return fmt.Errorf("hard link to %q: %w", shorten(header.Linkname), err)
	}
	// A file or link in the way gives way, a directory with the target in it cannot.
	return u.make(parent, base, func() error { return unix.Linkat(from.fd, targetBase, parent.fd, base, 0) })
}

// linkTarget sees to it that the target of a hard link is in this layer and can be linked to.
func (u *unpacker) linkTarget(dir directory, base string) error {
	var st unix.Stat_t
	err := unix.Fstatat(dir.fd, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return u.copyUp(dir, base)
	}
	if err != nil {
		return err
	}
	switch {
	case isWhiteout(&st):
		return fmt.Errorf("%w: there is no such file", ErrInvalid)
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return fmt.Errorf("%w: it is a directory", ErrInvalid)
	}
	return nil
}

// copyUp copies a file from the layers below into this one.
func (u *unpacker) copyUp(dir directory, base string) error {
	f, err := u.below(path.Join(dir.real, base))
	if err != nil {
		return err
	}
	defer f.close()
	switch {
	case f.is(unix.S_IFREG):
	case f.is(unix.S_IFLNK):
		target, err := readLink(f.parent, base)
		if err != nil {
			return err
		}
		if err := u.budget.entry(); err != nil {
			return err
		}
		if err := unix.Symlinkat(target, dir.fd, base); err != nil {
			return err
		}
		return unix.Fchownat(dir.fd, base, int(f.stat.Uid), int(f.stat.Gid), unix.AT_SYMLINK_NOFOLLOW)
	default:
		return fmt.Errorf("%w: there is no such file", ErrInvalid)
	}
	if err := u.budget.file(f.stat.Size); err != nil {
		return err
	}
	from, err := unix.Openat(f.parent, base, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(from)
	to, err := u.createFile(dir, base)
	if err != nil {
		return err
	}
	defer unix.Close(to)
	for {
		n, err := unix.Read(from, u.buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		if err := writeAll(to, u.buffer[:n]); err != nil {
			return err
		}
	}
	if err := copyAttributes(from, to); err != nil {
		return err
	}
	return setTime(dir.fd, base, time.Unix(f.stat.Mtim.Unix()))
}
