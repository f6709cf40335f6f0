package ingress

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/equality"
)

// classAnnotation chose the class before there was a field for it.
const classAnnotation = "kubernetes.io/ingress.class"

func prepareCreate(i *networkingv1.Ingress) { i.Status = networkingv1.IngressStatus{} }

func prepareUpdate(i, old *networkingv1.Ingress) { i.Status = old.Status }

func generation(i, old *networkingv1.Ingress) bool {
	return !equality.Semantic.DeepEqual(i.Spec, old.Spec)
}

func warnings(i, old *networkingv1.Ingress) []string {
	if _, ok := i.Annotations[classAnnotation]; !ok || old != nil {
		return nil
	}
	return []string{"annotation \"" + classAnnotation + "\" is deprecated, please use 'spec.ingressClassName' instead"}
}
