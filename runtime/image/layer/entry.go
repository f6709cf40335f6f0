package layer

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	whiteoutPrefix = ".wh."
	// metaPrefix marks aufs's own bookkeeping, of which only the opaque marker means something.
	metaPrefix   = whiteoutPrefix + whiteoutPrefix
	opaqueMarker = metaPrefix + ".opq"
)

// entry makes what one header of the archive says.
func (u *unpacker) entry(header *tar.Header, contents io.Reader) error {
	if header.Typeflag == tar.TypeXGlobalHeader {
		return nil
	}
	name, err := cleanName(header.Name)
	if err != nil {
		return err
	}
	u.links = 0
	if u.stale || len(u.open) > keepLimit {
		u.forget()
	}
	if name == "" {
		if header.Typeflag != tar.TypeDir {
			return fmt.Errorf("%w: the root is not a directory", ErrInvalid)
		}
		return u.setDirectory(u.root, header)
	}
	parentName, base := split(name)
	parent, err := u.directory(parentName)
	if err != nil {
		return err
	}
	if strings.HasPrefix(base, whiteoutPrefix) {
		return u.whiteout(parent, base)
	}
	switch header.Typeflag {
	case tar.TypeDir:
		return u.makeDirectory(parent, base, header)
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		return u.makeFile(parent, base, header, contents)
	case tar.TypeSymlink:
		return u.makeSymlink(parent, base, header)
	case tar.TypeLink:
		return u.makeLink(parentName, base, header)
	case tar.TypeFifo:
		return u.makeFifo(parent, base, header)
	case tar.TypeChar, tar.TypeBlock:
		u.devices++
		return nil
	}
	return fmt.Errorf("%w: entries of type %q are unknown", ErrInvalid, header.Typeflag)
}

// cleanName makes a name relative to the root, "" being the root itself, and refuses one that climbs out of it.
func cleanName(name string) (string, error) {
	depth := 0
	for component := range strings.SplitSeq(name, "/") {
		switch component {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return "", fmt.Errorf("%w: the name leaves the root of the image", ErrUnsafe)
			}
		default:
			depth++
		}
	}
	if strings.IndexByte(name, 0) >= 0 {
		return "", fmt.Errorf("%w: the name has a zero byte", ErrInvalid)
	}
	return strings.TrimPrefix(path.Clean("/"+name), "/"), nil
}

func (u *unpacker) makeDirectory(parent directory, base string, header *tar.Header) error {
	real := path.Join(parent.real, base)
	var st unix.Stat_t
	err := unix.Fstatat(parent.fd, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	var fd int
	switch {
	case err == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR:
		fd, err = openAt(parent.fd, base)
	case err == nil && isWhiteout(&st):
		if err = u.replaceWhiteout(parent, base, real); err == nil {
			fd, err = openAt(parent.fd, base)
		}
	case err == nil:
		// What was there hid the layers below, so they stay hidden.
		if err = u.remove(parent, base); err == nil {
			err = u.makeOpaque(parent, base, real)
		}
		if err == nil {
			fd, err = openAt(parent.fd, base)
		}
	case errors.Is(err, unix.ENOENT):
		fd, err = u.mkdir(parent, base)
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return u.setDirectory(directory{fd, real}, header)
}

func (u *unpacker) setDirectory(dir directory, header *tar.Header) error {
	u.mtimes[dir.real] = header.ModTime
	return setAttributes(dir.fd, header)
}

func (u *unpacker) makeFile(parent directory, base string, header *tar.Header, contents io.Reader) error {
	if err := u.budget.file(header.Size); err != nil {
		return err
	}
	fd, err := u.createFile(parent, base)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for {
		n, err := contents.Read(u.buffer)
		if e := writeAll(fd, u.buffer[:n]); e != nil {
			return e
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return readError(err)
		}
	}
	if err := setAttributes(fd, header); err != nil {
		return err
	}
	return setTime(parent.fd, base, header.ModTime)
}

func (u *unpacker) createFile(parent directory, base string) (int, error) {
	fd := -1
	err := u.make(parent, base, func() (err error) {
		fd, err = unix.Openat(parent.fd, base, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
		return err
	})
	return fd, err
}

func (u *unpacker) makeSymlink(parent directory, base string, header *tar.Header) error {
	if header.Linkname == "" {
		return fmt.Errorf("%w: a symbolic link to nothing", ErrInvalid)
	}
	err := u.make(parent, base, func() error { return unix.Symlinkat(header.Linkname, parent.fd, base) })
	if err != nil {
		return err
	}
	if err := chownAt(parent.fd, base, header); err != nil {
		return err
	}
	return setTime(parent.fd, base, header.ModTime)
}

func (u *unpacker) makeFifo(parent directory, base string, header *tar.Header) error {
	err := u.make(parent, base, func() error { return unix.Mknodat(parent.fd, base, unix.S_IFIFO|0o600, 0) })
	if err != nil {
		return err
	}
	if err := chownAt(parent.fd, base, header); err != nil {
		return err
	}
	if err := unix.Fchmodat(parent.fd, base, permissions(header), 0); err != nil {
		return err
	}
	return setTime(parent.fd, base, header.ModTime)
}

// make runs a call that fails if the name exists, in which case what is there gives way first.
func (u *unpacker) make(parent directory, base string, call func() error) error {
	if err := u.budget.entry(); err != nil {
		return err
	}
	err := call()
	if !errors.Is(err, unix.EEXIST) {
		return err
	}
	if err := u.remove(parent, base); err != nil {
		return err
	}
	return call()
}

func writeAll(fd int, p []byte) error {
	for len(p) > 0 {
		n, err := unix.Write(fd, p)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}
