package replicaset

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(r *appsv1.ReplicaSet) {
	r.Status = appsv1.ReplicaSetStatus{}
	podtemplate.DropDisabled(&r.Spec.Template.Spec)
}

func prepareUpdate(r, old *appsv1.ReplicaSet) {
	r.Status = old.Status
	podtemplate.DropDisabled(&r.Spec.Template.Spec)
}

func generation(r, old *appsv1.ReplicaSet) bool {
	return !equality.Semantic.DeepEqual(r.Spec, old.Spec)
}

func warnings(r, old *appsv1.ReplicaSet) []string {
	if old == nil {
		return podtemplate.Warnings(&r.Spec.Template, nil)
	}
	return podtemplate.Warnings(&r.Spec.Template, &old.Spec.Template)
}
