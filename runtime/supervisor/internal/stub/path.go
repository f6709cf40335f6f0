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
	if err := create(root, path, dir); err != nil {
		return -1, err
	}
	return openIn(root, path, unix.O_PATH)
}

// ordinary opens a place that must not be reached through a link: what is mounted there is trusted by its path.
func ordinary(root int, path string) (int, error) {
	if err := create(root, path, true); err != nil {
		return -1, err
	}
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC, Resolve: inRoot | unix.RESOLVE_NO_SYMLINKS}
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

// openParent opens the directory that path lies in, making the missing ones, and returns the last name.
func openParent(root int, path string) (parent int, name string, err error) {
	cut := strings.LastIndexByte(path, '/')
	if name = path[cut+1:]; name == "" || name == "." || name == ".." {
		return -1, "", unix.EINVAL
	}
	parent, err = mountPoint(root, path[:max(cut, 0)]+"/", true)
	return parent, name, err
}

func isDirectory(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
