package binding

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

// Kind describes bindings, which are carried out and not kept.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("Binding"),
		Resource:   "bindings",
		Singular:   "binding",
		Namespaced: true,
		Verbs:      []string{"create"},
		New:        func() kinds.Object { return &corev1.Binding{} },
		Forward:    "pods/binding",
	}
}
