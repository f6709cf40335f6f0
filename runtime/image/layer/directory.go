package layer

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// linkLimit is how many symbolic links one name may go through, as in the kernel.
	linkLimit = 40
	// depthLimit is how many components a name may have.
	depthLimit = 255
	// openLimit is how many directories one name may go through, counting those of symbolic links; keepLimit is how many
	// stay open between entries.
	openLimit = 1024
	keepLimit = 64

	openDirectory = unix.O_RDONLY | unix.O_DIRECTORY | unix.O_NOFOLLOW | unix.O_CLOEXEC
	opaqueXattr   = "trusted.overlay.opaque"
)

// directory is an open directory of the layer. real is its name with no symbolic link in it; "" is the root.
type directory struct {
	fd   int
	real string
}

// unpacker fills one directory from one archive. Everything it makes or changes is named by an open parent directory and one
// last component, so no name is ever resolved by the kernel.
type unpacker struct {
	root   directory
	lower  *lower
	budget *budget

	// open are directories by the name that entries use for them, symbolic links included.
	open map[string]directory
	// opaque are the real names of directories in which the layers below do not show.
	opaque map[string]bool
	// mtimes are set at the end: filling a directory changes its time.
	mtimes map[string]time.Time
	// stale tells that a name in open may now mean another directory, or none.
	stale   bool
	links   int
	devices int
	buffer  []byte
}

func newUnpacker(dir string, lowerDirs []string, b *budget) (*unpacker, error) {
	fd, err := unix.Open(dir, openDirectory, 0)
	if err != nil {
		return nil, fmt.Errorf("opening %s to unpack a layer: %w", dir, err)
	}
	l, err := openLower(lowerDirs)
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	u := &unpacker{
		root: directory{fd: fd}, lower: l, budget: b,
		open: map[string]directory{}, opaque: map[string]bool{}, mtimes: map[string]time.Time{},
		buffer: make([]byte, chunkSize),
	}
	if err := u.adoptRoot(); err != nil {
		u.close()
		return nil, err
	}
	return u, nil
}

// adoptRoot gives the root the attributes that it has below, until an entry says otherwise.
func (u *unpacker) adoptRoot() error {
	if err := u.budget.entry(); err != nil {
		return err
	}
	if len(u.lower.roots) == 0 {
		return unix.Fchmod(u.root.fd, 0o755)
	}
	return copyAttributes(u.lower.roots[0], u.root.fd)
}

func (u *unpacker) close() {
	u.forget()
	u.lower.close()
	unix.Close(u.root.fd)
}

// forget closes the directories kept open.
func (u *unpacker) forget() {
	u.stale = false
	for name, dir := range u.open {
		unix.Close(dir.fd)
		delete(u.open, name)
	}
}

// finish sets what could not be set before.
func (u *unpacker) finish() error {
	if err := u.hideBelowRoot(); err != nil {
		return err
	}
	for real, mtime := range u.mtimes {
		if real == "" {
			// The root has no parent to be named in; "." is no link.
			if err := setTime(u.root.fd, ".", mtime); err != nil {
				return err
			}
			continue
		}
		parent, err := openReal(u.root.fd, path.Dir(real))
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			continue // replaced by a later entry
		}
		if err != nil {
			return err
		}
		err = setTime(parent, path.Base(real), mtime)
		unix.Close(parent)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}

// directory opens the directory of a clean relative name, making what is missing.
func (u *unpacker) directory(name string) (directory, error) {
	if name == "" || name == "." {
		return u.root, nil
	}
	if dir, ok := u.open[name]; ok {
		return dir, nil
	}
	if strings.Count(name, "/") >= depthLimit {
		return directory{}, fmt.Errorf("%w: its name has more than %d components", ErrUnsafe, depthLimit)
	}
	parentName, base := split(name)
	parent, err := u.directory(parentName)
	if err != nil {
		return directory{}, err
	}
	dir, owned, err := u.step(parent, base)
	if err != nil {
		return directory{}, err
	}
	if !owned {
		// Behind a symbolic link: another name already holds the descriptor.
		if dir.fd, err = unix.FcntlInt(uintptr(dir.fd), unix.F_DUPFD_CLOEXEC, 0); err != nil {
			return directory{}, err
		}
	}
	if len(u.open) >= openLimit {
		unix.Close(dir.fd)
		return directory{}, fmt.Errorf("%w: its name goes through more than %d directories", ErrUnsafe, openLimit)
	}
	u.open[name] = dir
	return dir, nil
}

// step goes from a directory to the one that base names in it. owned tells that the descriptor is a new one.
func (u *unpacker) step(parent directory, base string) (dir directory, owned bool, err error) {
	real := path.Join(parent.real, base)
	var st unix.Stat_t
	err = unix.Fstatat(parent.fd, base, &st, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT):
		return u.adopt(parent, base, real)
	case err != nil:
		return directory{}, false, err
	case isWhiteout(&st):
		if err := u.replaceWhiteout(parent, base, real); err != nil {
			return directory{}, false, err
		}
		fd, err := openAt(parent.fd, base)
		return directory{fd, real}, true, err
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFDIR:
		fd, err := openAt(parent.fd, base)
		return directory{fd, real}, true, err
	case unix.S_IFLNK:
		target, err := readLink(parent.fd, base)
		if err != nil {
			return directory{}, false, err
		}
		dir, err := u.follow(parent, target)
		return dir, false, err
	}
	return directory{}, false, fmt.Errorf("%w: %q is not a directory", ErrInvalid, shorten(real))
}

// adopt brings a directory that this layer does not have yet into it: with the attributes it has below, or new.
func (u *unpacker) adopt(parent directory, base, real string) (directory, bool, error) {
	found, err := u.below(real)
	if err != nil {
		return directory{}, false, err
	}
	defer found.close()
	switch {
	case found.is(unix.S_IFLNK):
		target, err := readLink(found.parent, base)
		if err != nil {
			return directory{}, false, err
		}
		dir, err := u.follow(parent, target)
		return dir, false, err
	case !found.is(unix.S_IFDIR):
		fd, err := u.mkdir(parent, base)
		return directory{fd, real}, true, err
	}
	from, err := openAt(found.parent, base)
	if err != nil {
		return directory{}, false, err
	}
	defer unix.Close(from)
	fd, err := u.mkdir(parent, base)
	if err != nil {
		return directory{}, false, err
	}
	if err := copyAttributes(from, fd); err != nil {
		unix.Close(fd)
		return directory{}, false, err
	}
	u.mtimes[real] = time.Unix(found.stat.Mtim.Unix())
	return directory{fd, real}, true, nil
}

// follow resolves the target of a symbolic link in a directory; ".." stops at the root.
func (u *unpacker) follow(from directory, target string) (directory, error) {
	if u.links++; u.links > linkLimit {
		return directory{}, fmt.Errorf("%w: its name goes through more than %d symbolic links", ErrUnsafe, linkLimit)
	}
	at := from.real
	if strings.HasPrefix(target, "/") {
		at = ""
	}
	for component := range strings.SplitSeq(target, "/") {
		switch component {
		case "", ".":
			continue
		case "..":
			at = path.Dir(at)
			if at == "." {
				at = ""
			}
			continue
		}
		dir, err := u.directory(path.Join(at, component))
		if err != nil {
			return directory{}, err
		}
		at = dir.real
	}
	return u.directory(at)
}

// mkdir makes a new directory with the usual attributes and opens it.
func (u *unpacker) mkdir(parent directory, base string) (int, error) {
	if err := u.budget.entry(); err != nil {
		return -1, err
	}
	if err := unix.Mkdirat(parent.fd, base, 0o755); err != nil {
		return -1, err
	}
	fd, err := openAt(parent.fd, base)
	if err != nil {
		return -1, err
	}
	// The process's own umask has no say.
	if err := unix.Fchmod(fd, 0o755); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// below finds what the layers below show under a real name, as far as this layer lets it through.
func (u *unpacker) below(real string) (found, error) {
	for dir := real; dir != "." && dir != ""; {
		dir = path.Dir(dir)
		if u.opaque[dir] {
			return found{}, nil
		}
	}
	return u.lower.find(real)
}

func split(name string) (dir, base string) {
	dir, base = path.Split(name)
	return strings.TrimSuffix(dir, "/"), base
}
