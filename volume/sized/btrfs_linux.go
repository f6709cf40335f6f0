package sized

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// btrfsQuota is a volume that is a subvolume with a quota: no image, no mount, no loop device.
const btrfsQuota = "btrfs-quota"

// subvolumeInode is the inode of every subvolume's root.
const subvolumeInode = 256

func isBtrfs(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && fs.Type == unix.BTRFS_SUPER_MAGIC
}

func createSubvolume(ctx context.Context, path string, size int64) error {
	if err := available("btrfs", "btrfs-progs"); err != nil {
		return err
	}
	// On quotas that are on already this changes nothing.
	if err := run(ctx, []string{"btrfs", "quota", "enable"}, path[:len(path)-len(mountDir)-1]); err != nil {
		return err
	}
	if err := run(ctx, []string{"btrfs", "subvolume", "create"}, path); err != nil {
		return err
	}
	if err := os.Chmod(path, 0o755); err != nil {
		return fmt.Errorf("opening the volume: %w", err)
	}
	return limitSubvolume(ctx, path, size)
}

func limitSubvolume(ctx context.Context, path string, size int64) error {
	return run(ctx, []string{"btrfs", "qgroup", "limit", strconv.FormatInt(size, 10)}, path)
}

// removeSubvolume deletes a subvolume, and leaves anything else alone.
func removeSubvolume(path string) error {
	var st unix.Stat_t
	switch err := unix.Lstat(path, &st); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("removing a volume: %w", err)
	case st.Ino != subvolumeInode || !isBtrfs(path):
		return nil
	}
	return run(context.Background(), []string{"btrfs", "subvolume", "delete"}, path)
}
