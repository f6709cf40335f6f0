package stub

import (
	"strings"

	"golang.org/x/sys/unix"
)

const inRoot = unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS

// openIn opens a path as if root were the root directory: links and ".." stay inside.
func openIn(root int, path string, flags int) (int, error) {
	for {
		fd, err := unix.Openat2(root, path, &unix.OpenHow{Flags: uint64(flags | unix.O_CLOEXEC), Resolve: inRoot})
		if err != unix.EINTR && err != unix.EAGAIN {
			return fd, err
		}
	}
}

// mountPoint opens the place to mount on, making what is missing: directories, and a file at the end unless dir.
func mountPoint(root int, path string, dir bool) (int, error) {
	fd, err := openIn(root, path, unix.O_PATH)
	if err != unix.ENOENT {
		return fd, err
	}
	// Mostly only the last name is missing.
	if cut := strings.LastIndexByte(path, '/'); cut >= 0 && makeOne(root, path[:cut], path[cut+1:], dir) == nil {
		if fd, err = openIn(root, path, unix.O_PATH); err != unix.ENOENT {
			return fd, err
		}
	}
	if err := create(root, path, dir); err != nil {
		return -1, err
	}
	return openIn(root, path, unix.O_PATH)
}

// ordinary opens a place that must not be reached through a link: what is mounted there is trusted by its path.
func ordinary(root int, path string) (int, error) {
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: inRoot | unix.RESOLVE_NO_SYMLINKS}
	fd, err := unix.Openat2(root, path, &how)
	if err != unix.ENOENT {
		return fd, err
	}
	if err := create(root, path, true); err != nil {
		return -1, err
	}
	return unix.Openat2(root, path, &how)
}

// maxLinks is how many links a path may go through, as in the kernel.
const maxLinks = 40

// create makes what is missing of a path: directories, and at the end a file unless dir. A link that leads to nothing is
// followed, inside the root, and what it leads to is made. Every step opens from the root, so that whoever changes the
// tree meanwhile cannot lead it outside either.
func create(root int, path string, dir bool) error {
	at, links := "", 0
	todo := strings.Split(path, "/")
	for len(todo) > 0 {
		name := todo[0]
		todo = todo[1:]
		switch name {
		case "", ".":
			continue
		case "..":
			at = at[:max(strings.LastIndexByte(at, '/'), 0)]
			continue
		}
		next := at + "/" + name
		fd, err := openIn(root, next, unix.O_PATH|unix.O_NOFOLLOW)
		if err == unix.ENOENT {
			if err = makeOne(root, at, name, dir || len(todo) > 0); err != nil {
				return err
			}
			at = next
			continue
		}
		if err != nil {
			return err
		}
		target, err := readLink(fd)
		_ = unix.Close(fd)
		if err != nil {
			return err
		}
		if target == "" {
			at = next
			continue
		}
		if links++; links > maxLinks {
			return unix.ELOOP
		}
		if target[0] == '/' {
			at = ""
		}
		todo = append(strings.Split(target, "/"), todo...)
	}
	return nil
}

// readLink returns where a link leads, "" for what is no link.
func readLink(fd int) (string, error) {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return "", err
	}
	var b [unix.PathMax]byte
	n, err := unix.Readlinkat(fd, "", b[:])
	if err != nil || n == 0 {
		return "", err
	}
	return string(b[:n]), nil
}

func makeOne(root int, parent, name string, dir bool) error {
	if name == "" || name == "." || name == ".." {
		return unix.EINVAL
	}
	at, err := openIn(root, "/"+parent, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return err
	}
	defer unix.Close(at)
	if dir {
		err = unix.Mkdirat(at, name, 0o755)
	} else {
		var file int
		if file, err = unix.Openat(at, name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o644); err == nil {
			_ = unix.Close(file)
		}
	}
	if err == unix.EEXIST {
		return nil
	}
	return err
}

// parents opens the directories that files are to be made in, and keeps the last one open for the next file.
type parents struct {
	root, fd int
	dir      string
}

// of returns the directory that path lies in, making it if it is missing, and the last name.
func (p *parents) of(path string) (fd int, name string, err error) {
	cut := strings.LastIndexByte(path, '/')
	dir := path[:max(cut, 0)] + "/"
	if name = path[cut+1:]; name == "" || name == "." || name == ".." {
		return -1, "", unix.EINVAL
	}
	if p.fd < 0 || p.dir != dir {
		p.close()
		if p.fd, err = mountPoint(p.root, dir, true); err != nil {
			p.fd = -1
			return -1, "", err
		}
		p.dir = dir
	}
	return p.fd, name, nil
}

func (p *parents) close() {
	if p.fd >= 0 {
		_ = unix.Close(p.fd)
		p.fd = -1
	}
}

func isDirectory(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
