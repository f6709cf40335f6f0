package mounts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Tmpfs mounts a file system in memory at dir, with mount options such as "size=1024", unless one is there.
func Tmpfs(dir, options string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the place of a volume in memory: %w", err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err == nil && fs.Type == unix.TMPFS_MAGIC {
		if mounted, err := isMount(dir); err != nil || mounted {
			return err
		}
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		return fmt.Errorf("mounting a volume in memory at %s: %w", dir, err)
	}
	return nil
}

// isMount tells whether a file system is mounted at dir itself: it has another device than its parent.
func isMount(dir string) (bool, error) {
	var own, parent unix.Stat_t
	if err := unix.Lstat(dir, &own); err != nil {
		return false, fmt.Errorf("looking at %s: %w", dir, err)
	}
	if err := unix.Lstat(filepath.Dir(dir), &parent); err != nil {
		return false, fmt.Errorf("looking at the parent of %s: %w", dir, err)
	}
	return own.Dev != parent.Dev, nil
}

// Huge mounts a file system of huge pages at dir, unless one is there. pageSize is in bytes; where the kernel has no such pages the
// error says so.
func Huge(dir string, pageSize int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("making the place of a volume of huge pages: %w", err)
	}
	if mounted, err := isMount(dir); err != nil || mounted {
		return err
	}
	if err := unix.Mount("nodev", dir, "hugetlbfs", unix.MS_NOSUID|unix.MS_NODEV, "pagesize="+strconv.FormatInt(pageSize, 10)); err != nil {
		return fmt.Errorf("mounting huge pages of %d bytes at %s: %w", pageSize, dir, err)
	}
	return nil
}

// within keeps a path below a directory, whatever links a container makes in it: one that leads out is refused.
const within = unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS

// Below mounts what sub names below root at target, and returns target. A link that leads out of the volume is refused, and what
// is found is held open until it is mounted: a container that changes links meanwhile gains nothing. A path that is not there is made of
// directories that are as open as the volume itself.
func Below(root, sub, target string) (string, error) {
	base, err := unix.Open(root, unix.O_PATH|unix.O_CLOEXEC|unix.O_DIRECTORY, 0)
	if err != nil {
		return "", fmt.Errorf("opening the volume: %w", err)
	}
	defer unix.Close(base)
	how := &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: within}
	fd, err := unix.Openat2(base, sub, how)
	if errors.Is(err, unix.ENOENT) {
		if err := makeAll(base, sub); err != nil {
			return "", err
		}
		fd, err = unix.Openat2(base, sub, how)
	}
	if errors.Is(err, unix.EXDEV) {
		return "", fmt.Errorf("subpath %q is outside the volume", sub)
	}
	if err != nil {
		return "", fmt.Errorf("opening %s in the volume: %w", sub, err)
	}
	defer unix.Close(fd)
	if err := place(fd, target); err != nil {
		return "", err
	}
	if err := unix.Mount("/proc/self/fd/"+strconv.Itoa(fd), target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return "", fmt.Errorf("mounting %s of the volume: %w", sub, err)
	}
	return target, nil
}

// makeAll makes the directories of a path, one after the other, none outside of base.
func makeAll(base int, sub string) error {
	var root unix.Stat_t
	if err := unix.Fstat(base, &root); err != nil {
		return fmt.Errorf("looking at the volume: %w", err)
	}
	path := ""
	for _, part := range strings.Split(filepath.Clean("/" + sub)[1:], "/") {
		parent, err := unix.Openat2(base, "./"+path, &unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC | unix.O_DIRECTORY, Resolve: within})
		if err != nil {
			return fmt.Errorf("opening %s in the volume: %w", path, err)
		}
		err = unix.Mkdirat(parent, part, 0o755)
		if err == nil { // whatever the umask says; only what was just made is touched
			err = unix.Fchmodat(parent, part, root.Mode&0o7777, 0)
		}
		unix.Close(parent)
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("making %s in the volume: %w", filepath.Join(path, part), err)
		}
		path = filepath.Join(path, part)
	}
	return nil
}

// place makes target something that what fd is can be mounted on, free of what an earlier start of the container mounted there.
func place(fd int, target string) error {
	for unix.Unmount(target, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) == nil {
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o750); err != nil {
		return fmt.Errorf("making the place of a sub-path: %w", err)
	}
	if err := os.RemoveAll(target); err != nil {
		return fmt.Errorf("clearing the place of a sub-path: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return fmt.Errorf("looking at a sub-path: %w", err)
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		if err := os.Mkdir(target, 0o755); err != nil {
			return fmt.Errorf("making the place of a sub-path: %w", err)
		}
		return nil
	}
	f, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("making the place of a sub-path: %w", err)
	}
	return f.Close()
}
