package replicationcontroller

import (
	"maps"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/core/podtemplate"
)

// What nobody labelled or selected is labelled and selected like the pods.
func setDefaults(r *corev1.ReplicationController) {
	if t := r.Spec.Template; t != nil {
		if len(r.Spec.Selector) == 0 {
			r.Spec.Selector = maps.Clone(t.Labels)
		}
		if len(r.Labels) == 0 {
			r.Labels = maps.Clone(t.Labels)
		}
		podtemplate.DefaultSpec(&t.Spec)
	}
	if r.Spec.Replicas == nil {
		r.Spec.Replicas = new(int32(1))
	}
}
