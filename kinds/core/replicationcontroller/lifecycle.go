package replicationcontroller

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(r *corev1.ReplicationController) {
	r.Status = corev1.ReplicationControllerStatus{}
	dropDisabled(r)
}

func prepareUpdate(r, old *corev1.ReplicationController) {
	r.Status = old.Status
	dropDisabled(r)
}

func dropDisabled(r *corev1.ReplicationController) {
	if r.Spec.Template != nil {
		podtemplate.DropDisabled(&r.Spec.Template.Spec)
	}
}

func generation(r, old *corev1.ReplicationController) bool {
	return !equality.Semantic.DeepEqual(r.Spec, old.Spec)
}

func warnings(r, old *corev1.ReplicationController) []string {
	switch {
	case r.Spec.Template == nil:
		return nil
	case old == nil:
		return podtemplate.Warnings(r.Spec.Template, nil)
	}
	return podtemplate.Warnings(r.Spec.Template, old.Spec.Template)
}
