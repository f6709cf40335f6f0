package replicationcontroller

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/autoscaling/scale"
)

func scaleView() kinds.Subresource {
	return scale.Subresource(scale.Access[*corev1.ReplicationController]{
		Resource: corev1.Resource("replicationcontrollers"),
		Wanted:   func(r *corev1.ReplicationController) **int32 { return &r.Spec.Replicas },
		Current:  func(r *corev1.ReplicationController) int32 { return r.Status.Replicas },
		Selector: func(r *corev1.ReplicationController) *metav1.LabelSelector {
			return &metav1.LabelSelector{MatchLabels: r.Spec.Selector}
		},
	})
}
