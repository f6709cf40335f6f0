package volume

import (
	"path/filepath"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/base/treesize"
)

// Measured tells whether the pod has volumes that Exceeded must measure: scratch space on the disk that has a limit.
func Measured(pod *corev1.Pod) bool {
	for i := range pod.Spec.Volumes {
		if limited(&pod.Spec.Volumes[i]) {
			return true
		}
	}
	return false
}

func limited(v *corev1.Volume) bool {
	e := v.EmptyDir
	return e != nil && e.Medium == corev1.StorageMediumDefault && e.SizeLimit != nil && e.SizeLimit.Value() > 0
}

// Exceeded finds a volume of the pod that takes more than it may; nil where there is none.
func (s *Set) Exceeded(pod *corev1.Pod) (*corev1.Volume, error) {
	for i := range pod.Spec.Volumes {
		v := &pod.Spec.Volumes[i]
		if !limited(v) {
			continue
		}
		used, _, err := treesize.Of(s.scratch(pod, v))
		if err != nil {
			return nil, err
		}
		if used > v.EmptyDir.SizeLimit.Value() {
			return v, nil
		}
	}
	return nil, nil
}

func (s *Set) scratch(pod *corev1.Pod, v *corev1.Volume) string {
	return filepath.Join(s.podDir(pod.UID), "volumes", v.Name)
}

// Scratch are the directories in which the pod has scratch space on the node's own disk.
func (s *Set) Scratch(pod *corev1.Pod) []string {
	var dirs []string
	for i := range pod.Spec.Volumes {
		if v := &pod.Spec.Volumes[i]; v.EmptyDir != nil && v.EmptyDir.Medium == corev1.StorageMediumDefault {
			dirs = append(dirs, s.scratch(pod, v))
		}
	}
	return dirs
}
