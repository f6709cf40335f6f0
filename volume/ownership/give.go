package ownership

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// The rights that the group gets: everything for directories, reading and writing for files, which may be executed if their owner may.
const (
	dirMode  = 0o770
	fileMode = 0o660
)

// Give makes everything in a volume the group's. With the policy OnRootMismatch it does nothing where the volume's own directory already is as
// it should be.
func Give(root string, gid int, policy *corev1.PodFSGroupChangePolicy) error {
	if policy != nil && *policy == corev1.FSGroupChangeOnRootMismatch {
		var st unix.Stat_t
		if err := unix.Lstat(root, &st); err == nil && int(st.Gid) == gid && st.Mode&(unix.S_ISGID|dirMode) == unix.S_ISGID|dirMode {
			return nil
		}
	}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if err := os.Lchown(path, -1, gid); err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		mode := info.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
		switch {
		case e.IsDir():
			mode |= dirMode | fs.ModeSetgid // files made in it belong to the group too
		case info.Mode().IsRegular():
			mode |= fileMode | (mode & 0o100 >> 3)
		default:
			return nil
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		return fmt.Errorf("giving the volume to group %d: %w", gid, err)
	}
	return nil
}
