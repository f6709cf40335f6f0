package ingressclass

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes ingress classes.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      networkingv1.SchemeGroupVersion.WithKind("IngressClass"),
		Resource: "ingressclasses",
		Singular: "ingressclass",
		New:      func() kinds.Object { return &networkingv1.IngressClass{} },
		NewList:  func() runtime.Object { return &networkingv1.IngressClassList{} },

		Default:        kinds.Do(setDefaults),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,

		Columns: columns(),
	}
}
