package resourcequota

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes resource quotas.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("ResourceQuota"),
		Resource:   "resourcequotas",
		Singular:   "resourcequota",
		ShortNames: []string{"quota"},
		Namespaced: true,
		New:        func() kinds.Object { return &corev1.ResourceQuota{} },
		NewList:    func() runtime.Object { return &corev1.ResourceQuotaList{} },

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns:      columns(),
		Subresources: []kinds.Subresource{status()},
	}
}
