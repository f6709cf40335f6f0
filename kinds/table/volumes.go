package table

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// AccessModes prints how a volume can be mounted, each way by its letters and once.
func AccessModes(modes []corev1.PersistentVolumeAccessMode) string {
	var letters []string
	for _, m := range []struct {
		mode    corev1.PersistentVolumeAccessMode
		letters string
	}{
		{corev1.ReadWriteOnce, "RWO"}, {corev1.ReadOnlyMany, "ROX"}, {corev1.ReadWriteMany, "RWX"}, {corev1.ReadWriteOncePod, "RWOP"},
	} {
		if slices.Contains(modes, m.mode) {
			letters = append(letters, m.letters)
		}
	}
	return strings.Join(letters, ",")
}

// OrUnset prints a word that may be unset.
func OrUnset[T ~string](word *T) string {
	if word == nil {
		return Unset
	}
	return string(*word)
}
