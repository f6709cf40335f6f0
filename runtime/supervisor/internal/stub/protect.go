package stub

import (
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/supervisor/wire"
)

// protect hides the masked paths and makes the read-only ones so. A path that is not there needs neither.
func protect(root int, spec *wire.Init) *wire.Fault {
	for _, path := range spec.ReadOnly {
		if err := readOnlyPath(root, path); err != nil {
			return setup("making "+path+" read-only", err)
		}
	}
	empty := -1
	for _, path := range spec.Masked {
		if err := mask(root, path, &empty); err != nil {
			return setup("masking "+path, err)
		}
	}
	if empty >= 0 {
		_ = unix.Close(empty)
	}
	return nil
}

func readOnlyPath(root int, path string) error {
	at, err := openIn(root, path, unix.O_PATH)
	if absent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(at)
	tree, err := unix.OpenTree(at, "", detached|unix.AT_RECURSIVE|unix.AT_EMPTY_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(tree)
	if err := setAttr(tree, unix.MOUNT_ATTR_RDONLY, true); err != nil {
		return err
	}
	return moveOnto(tree, at)
}

// mask covers a directory with an empty read-only file system, which all masked directories share, and anything else
// with the null device.
func mask(root int, path string, empty *int) error {
	at, err := openIn(root, path, unix.O_PATH)
	if absent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer unix.Close(at)
	var cover int
	if isDirectory(at) {
		if *empty < 0 {
			m := wire.Mount{Type: "tmpfs", Options: []string{"nr_inodes=1"}}
			if *empty, err = newFileSystem(&m, unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NOSUID|unix.MOUNT_ATTR_NODEV|unix.MOUNT_ATTR_NOEXEC); err != nil {
				return err
			}
			// Only an attached mount can be cloned: the first place gets the mount itself.
			return moveOnto(*empty, at)
		}
		cover, err = unix.OpenTree(*empty, "", detached|unix.AT_EMPTY_PATH)
	} else {
		cover, err = unix.OpenTree(unix.AT_FDCWD, "/dev/null", detached)
	}
	if err != nil {
		return err
	}
	defer unix.Close(cover)
	return moveOnto(cover, at)
}

func moveOnto(tree, at int) error {
	return unix.MoveMount(tree, "", at, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
}

func absent(err error) bool { return err == unix.ENOENT || err == unix.ENOTDIR }
