package snapshot

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// Owners say whose the files of a snapshot are: those that a user namespace makes of the image's.
type Owners struct {
	// Namespace is the path of a pinned user namespace; empty for none.
	Namespace string
	// RootUID and RootGID are its root outside.
	RootUID, RootGID uint32
}

// mapLayers mounts layers below dir with their owners mapped: overlayfs itself cannot do that, and takes each layer as it is
// mounted. Once the overlay has them, release takes them away again.
func mapLayers(dir string, layers []string, namespace string) (mapped []string, release func() error, err error) {
	users, err := unix.Open(namespace, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("opening the user namespace: %w", err)
	}
	defer unix.Close(users)
	release = func() error {
		for _, m := range mapped {
			if err := unmount(m); err != nil {
				return err
			}
		}
		return os.RemoveAll(dir)
	}
	for i, layer := range layers {
		at := filepath.Join(dir, strconv.Itoa(i))
		if err := os.MkdirAll(at, 0o700); err != nil {
			return nil, nil, errors.Join(err, release())
		}
		if err := mapLayer(layer, at, users); err != nil {
			return nil, nil, errors.Join(err, release())
		}
		mapped = append(mapped, at)
	}
	return mapped, release, nil
}

func mapLayer(layer, at string, users int) error {
	fd, err := unix.OpenTree(unix.AT_FDCWD, layer, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return fmt.Errorf("opening layer %s: %w", layer, err)
	}
	defer unix.Close(fd)
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_IDMAP, Userns_fd: uint64(users), Propagation: unix.MS_PRIVATE}
	err = unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH, &attr)
	switch {
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS):
		return fmt.Errorf("%w: the kernel cannot map the owners of the image's files, which a pod with a user namespace needs (Linux 5.19, and a file system that can, such as ext4, xfs or btrfs): %w", ErrUnsupported, err)
	case err != nil:
		return fmt.Errorf("mapping the owners of layer %s: %w", layer, err)
	}
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, at, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("mounting layer %s: %w", layer, err)
	}
	return nil
}
