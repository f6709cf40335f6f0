package limitrange

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/uuid"
)

// prepareCreate names what came without a name: a limit needs none to hold.
func prepareCreate(r *corev1.LimitRange) {
	if r.Name == "" {
		r.Name = string(uuid.NewUUID())
	}
	none(r)
}

func prepareUpdate(r, _ *corev1.LimitRange) { none(r) }

// The store's encoding does not tell an empty list from none, and none is what is shown.
func none(r *corev1.LimitRange) {
	if len(r.Spec.Limits) == 0 {
		r.Spec.Limits = nil
	}
}
