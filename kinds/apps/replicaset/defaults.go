package replicaset

import (
	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/kinds/core/podtemplate"
)

func setDefaults(r *appsv1.ReplicaSet) {
	if r.Spec.Replicas == nil {
		r.Spec.Replicas = new(int32(1))
	}
	podtemplate.DefaultSpec(&r.Spec.Template.Spec)
}
