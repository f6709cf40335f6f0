package replicaset

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/autoscaling/scale"
)

func scaleView() kinds.Subresource {
	return scale.Subresource(scale.Access[*appsv1.ReplicaSet]{
		Resource: appsv1.Resource("replicasets"),
		Wanted:   func(r *appsv1.ReplicaSet) **int32 { return &r.Spec.Replicas },
		Current:  func(r *appsv1.ReplicaSet) int32 { return r.Status.Replicas },
		Selector: func(r *appsv1.ReplicaSet) *metav1.LabelSelector { return r.Spec.Selector },
	})
}
