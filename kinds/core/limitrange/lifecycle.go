package limitrange

import corev1 "k8s.io/api/core/v1"

// The store's encoding does not tell an empty list from none, and none is what is shown.
func prepareCreate(r *corev1.LimitRange) {
	if len(r.Spec.Limits) == 0 {
		r.Spec.Limits = nil
	}
}

func prepareUpdate(r, _ *corev1.LimitRange) { prepareCreate(r) }
