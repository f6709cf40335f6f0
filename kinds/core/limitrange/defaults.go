package limitrange

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/rules"
)

func setDefaults(r *corev1.LimitRange) {
	for i := range r.Spec.Limits {
		item := &r.Spec.Limits[i]
		for _, list := range []corev1.ResourceList{item.Max, item.Min, item.Default, item.DefaultRequest, item.MaxLimitRequestRatio} {
			rules.RoundUp(list)
		}
		if item.Type == corev1.LimitTypeContainer {
			fill(&item.Default, item.Max)
			fill(&item.DefaultRequest, item.Default)
			fill(&item.DefaultRequest, item.Min)
		}
	}
}

// fill gives list what it lacks of from.
func fill(list *corev1.ResourceList, from corev1.ResourceList) {
	for name, q := range from {
		if _, ok := (*list)[name]; ok {
			continue
		}
		if *list == nil {
			*list = make(corev1.ResourceList, len(from))
		}
		(*list)[name] = q.DeepCopy()
	}
}
