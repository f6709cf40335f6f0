package claim

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Warnings tells of amounts that were meant to be something else: fractions of a byte. path is that of the claim, whose
// specification is not named in the messages.
func Warnings(spec *corev1.PersistentVolumeClaimSpec, path *field.Path) []string {
	var list []string
	if path == nil {
		path = field.NewPath("spec")
	}
	for _, of := range []struct {
		name  string
		whole corev1.ResourceList
	}{{"requests", spec.Resources.Requests}, {"limits", spec.Resources.Limits}} {
		if q, ok := of.whole[corev1.ResourceStorage]; ok && q.MilliValue()%1000 != 0 {
			list = append(list, fmt.Sprintf("%s: fractional byte value %q is invalid, must be an integer",
				path.Child("resources", of.name).Key(string(corev1.ResourceStorage)), q.String()))
		}
	}
	return list
}
