package serviceaccount

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// Kind describes service accounts.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("ServiceAccount"),
		Resource:   "serviceaccounts",
		Singular:   "serviceaccount",
		ShortNames: []string{"sa"},
		Namespaced: true,
		New:        func() kinds.Object { return &corev1.ServiceAccount{} },
		NewList:    func() runtime.Object { return &corev1.ServiceAccountList{} },

		PrepareCreate: kinds.Do(keepNames),
		PrepareUpdate: kinds.DoWith(func(a, _ *corev1.ServiceAccount) { keepNames(a) }),
		Warnings:      kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns:      []kinds.Column{table.Name(), table.Age()},
		Subresources: []kinds.Subresource{token()},
	}
}
