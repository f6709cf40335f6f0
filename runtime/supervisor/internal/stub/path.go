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
	parent, name, err := makeParent(root, path)
	if err != nil {
		return -1, err
	}
	defer unix.Close(parent)
	if dir {
		err = unix.Mkdirat(parent, name, 0o755)
	} else {
		var file int
		if file, err = unix.Openat(parent, name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o644); err == nil {
			_ = unix.Close(file)
		}
	}
	if err != nil && err != unix.EEXIST {
		return -1, err
	}
	return openIn(root, path, unix.O_PATH)
}

// makeParent opens the directory that path lies in, making the missing ones, and returns the last name.
func makeParent(root int, path string) (parent int, name string, err error) {
	path = strings.Trim(path, "/")
	cut := strings.LastIndexByte(path, '/')
	name = path[cut+1:]
	if name == "" || name == "." || name == ".." {
		return -1, "", unix.EINVAL
	}
	if cut <= 0 {
		parent, err = openIn(root, "/", unix.O_PATH|unix.O_DIRECTORY)
		return parent, name, err
	}
	dir := path[:cut]
	parent, err = openIn(root, dir, unix.O_PATH|unix.O_DIRECTORY)
	if err == unix.ENOENT {
		parent, err = makeAll(root, dir)
	}
	return parent, name, err
}

func makeAll(root int, dir string) (int, error) {
	for i := 1; i <= len(dir); i++ {
		if i < len(dir) && dir[i] != '/' {
			continue
		}
		fd, err := openIn(root, dir[:i], unix.O_PATH|unix.O_DIRECTORY)
		if err == unix.ENOENT {
			above, name, perr := makeParent(root, dir[:i])
			if perr != nil {
				return -1, perr
			}
			err = unix.Mkdirat(above, name, 0o755)
			_ = unix.Close(above)
			if err == nil || err == unix.EEXIST {
				fd, err = openIn(root, dir[:i], unix.O_PATH|unix.O_DIRECTORY)
			}
		}
		if err != nil || i == len(dir) {
			return fd, err
		}
		_ = unix.Close(fd)
	}
	return -1, unix.EINVAL
}

func isDirectory(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFDIR
}
