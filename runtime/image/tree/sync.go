package tree

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// fewInodes is up to how many files a tree is synced one by one. A larger one is cheaper through its whole file system, though
// that also waits for what others wrote there.
const fewInodes = 32

// Sync makes the tree at path, of so many inodes, survive a power failure.
func Sync(path string, inodes int64) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("syncing %s: %w", path, err)
	}
	defer dir.Close()
	if inodes > fewInodes {
		err = unix.Syncfs(int(dir.Fd()))
	} else {
		err = syncEach(dir)
	}
	if err != nil {
		return fmt.Errorf("syncing %s: %w", path, err)
	}
	return nil
}

// SyncDir makes the names in one directory survive a power failure.
func SyncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("syncing the directory %s: %w", path, err)
	}
	defer dir.Close()
	if err := dir.Sync(); err != nil {
		return fmt.Errorf("syncing the directory %s: %w", path, err)
	}
	return nil
}

func syncEach(dir *os.File) error {
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		switch {
		case entry.IsDir():
			sub, err := openBelow(int(dir.Fd()), entry.Name())
			if err != nil {
				return err
			}
			err = syncEach(sub)
			sub.Close()
			if err != nil {
				return err
			}
		case entry.Type().IsRegular():
			fd, err := unix.Openat(int(dir.Fd()), entry.Name(), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
			if err != nil {
				return err
			}
			err = unix.Fsync(fd)
			unix.Close(fd)
			if err != nil {
				return err
			}
		}
	}
	return dir.Sync()
}
