package emptydir

import (
	"fmt"
	"os"
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/volume/mounts"
)

// Prepare makes the directory at dir, which group gid may write where that is not negative.
func Prepare(dir string, source *corev1.EmptyDirVolumeSource, gid int) error {
	switch source.Medium {
	case corev1.StorageMediumDefault:
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("making an emptyDir: %w", err)
		}
	case corev1.StorageMediumMemory:
		size := ""
		if source.SizeLimit != nil && source.SizeLimit.Value() > 0 {
			size = "size=" + strconv.FormatInt(source.SizeLimit.Value(), 10)
		}
		if err := mounts.Tmpfs(dir, size); err != nil {
			return err
		}
	default:
		return fmt.Errorf("an emptyDir of medium %q is not supported by this node yet", source.Medium)
	}
	mode := os.FileMode(0o777)
	if gid >= 0 {
		if err := os.Chown(dir, -1, gid); err != nil {
			return fmt.Errorf("giving an emptyDir to its group: %w", err)
		}
		mode |= os.ModeSetgid // files made in it belong to the group too
	}
	// Whatever the umask says: any user of the pod may write here.
	if err := os.Chmod(dir, mode); err != nil {
		return fmt.Errorf("opening an emptyDir: %w", err)
	}
	return nil
}
