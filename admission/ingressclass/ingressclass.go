package ingressclass

import (
	"context"

	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/resource"
)

// Reader lists classes of ingresses.
type Reader interface {
	IngressClasses() []*networkingv1.IngressClass
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

// byAnnotation is how ingresses named their class before they had a field for it.
const byAnnotation = "kubernetes.io/ingress.class"

// Mutate fills in the class.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	ingress, ok := a.Object.(*networkingv1.Ingress)
	if !ok || a.Operation != resource.Create || a.Subresource != "" || ingress.Spec.IngressClassName != nil {
		return nil
	}
	if _, old := ingress.Annotations[byAnnotation]; old {
		return nil
	}
	if name := p.fallback(); name != "" {
		ingress.Spec.IngressClassName = &name
	}
	return nil
}

// fallback is the default class's name: the newest, by name among those of one second.
func (p Plugin) fallback() string {
	var found *networkingv1.IngressClass
	for _, c := range p.Reader.IngressClasses() {
		if c.Annotations[networkingv1.AnnotationIsDefaultIngressClass] == "true" && (found == nil || found.CreationTimestamp.Before(&c.CreationTimestamp) ||
			found.CreationTimestamp.Equal(&c.CreationTimestamp) && c.Name < found.Name) {
			found = c
		}
	}
	if found == nil {
		return ""
	}
	return found.Name
}
