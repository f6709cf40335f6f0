package deployment

import (
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/autoscaling/scale"
)

func scaleView() kinds.Subresource {
	return scale.Subresource(scale.Access[*appsv1.Deployment]{
		Resource: appsv1.Resource("deployments"),
		Wanted:   func(d *appsv1.Deployment) **int32 { return &d.Spec.Replicas },
		Current:  func(d *appsv1.Deployment) int32 { return d.Status.Replicas },
		Selector: func(d *appsv1.Deployment) *metav1.LabelSelector { return d.Spec.Selector },
	})
}
