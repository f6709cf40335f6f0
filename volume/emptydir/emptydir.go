package emptydir

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	helpers "k8s.io/component-helpers/resource"

	"argosy.dev/volume/mounts"
)

// Prepare makes the pod's directory at dir, which group gid may write where that is not negative.
func Prepare(dir string, source *corev1.EmptyDirVolumeSource, pod *corev1.Pod, gid int) error {
	switch {
	case source.Medium == corev1.StorageMediumDefault:
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return fmt.Errorf("making an emptyDir: %w", err)
		}
	case source.Medium == corev1.StorageMediumMemory:
		if err := mounts.Tmpfs(dir, size(source, pod)); err != nil {
			return err
		}
	case strings.HasPrefix(string(source.Medium), string(corev1.StorageMediumHugePages)):
		pages, err := pageSize(source.Medium, pod)
		if err != nil {
			return err
		}
		if err := mounts.Huge(dir, pages); err != nil {
			return err
		}
	default:
		return fmt.Errorf("an emptyDir has no medium %q", source.Medium)
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

// size is how large a directory in memory may get: what it says itself, and no more than the memory that the pod's containers may use, which
// it counts as.
func size(source *corev1.EmptyDirVolumeSource, pod *corev1.Pod) string {
	limits := helpers.PodLimits(pod, helpers.PodResourcesOptions{})
	most := limits.Memory().Value()
	if l := source.SizeLimit; l != nil && l.Value() > 0 && (most == 0 || l.Value() < most) {
		most = l.Value()
	}
	if most == 0 {
		return ""
	}
	return "size=" + strconv.FormatInt(most, 10)
}

// pageSize reads the medium HugePages-SIZE; the one without a size means the only one that the pod's containers ask for.
func pageSize(medium corev1.StorageMedium, pod *corev1.Pod) (int64, error) {
	if text, ok := strings.CutPrefix(string(medium), string(corev1.StorageMediumHugePagesPrefix)); ok {
		q, err := resource.ParseQuantity(text)
		if err != nil {
			return 0, fmt.Errorf("the medium %q names no size of pages: %w", medium, err)
		}
		return q.Value(), nil
	}
	var found int64
	for name := range helpers.PodRequests(pod, helpers.PodResourcesOptions{}) {
		text, ok := strings.CutPrefix(string(name), corev1.ResourceHugePagesPrefix)
		if !ok {
			continue
		}
		q, err := resource.ParseQuantity(text)
		if err != nil || found != 0 {
			return 0, errors.New("medium HugePages is for pods that ask for huge pages of one size; name the size: HugePages-2Mi")
		}
		found = q.Value()
	}
	if found == 0 {
		return 0, errors.New("a volume of medium HugePages is for pods that ask for huge pages")
	}
	return found, nil
}
