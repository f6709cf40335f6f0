package networkpolicy

import (
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes network policies.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        networkingv1.SchemeGroupVersion.WithKind("NetworkPolicy"),
		Resource:   "networkpolicies",
		Singular:   "networkpolicy",
		ShortNames: []string{"netpol"},
		Namespaced: true,
		New:        func() kinds.Object { return &networkingv1.NetworkPolicy{} },
		NewList:    func() runtime.Object { return &networkingv1.NetworkPolicyList{} },

		Default:        kinds.Do(setDefaults),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,

		Columns: columns(),
	}
}
