package statefulset

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/autoscaling/scale"
)

func scaleView() kinds.Subresource {
	return scale.Subresource(scale.Access[*appsv1.StatefulSet]{
		Resource: appsv1.Resource("statefulsets"),
		Wanted:   func(s *appsv1.StatefulSet) **int32 { return &s.Spec.Replicas },
		Current:  func(s *appsv1.StatefulSet) int32 { return s.Status.Replicas },
		Selector: func(s *appsv1.StatefulSet) *metav1.LabelSelector { return s.Spec.Selector },
	})
}
