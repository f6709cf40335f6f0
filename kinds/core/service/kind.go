package service

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes services.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("Service"),
		Resource:   "services",
		Singular:   "service",
		ShortNames: []string{"svc"},
		Categories: []string{"all"},
		Namespaced: true,
		StorePath:  "services/specs",
		New:        func() kinds.Object { return &corev1.Service{} },
		NewList:    func() runtime.Object { return &corev1.ServiceList{} },

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Name:           validation.NameIsDNSLabel,
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Fields: map[string]func(kinds.Object) string{
			"spec.clusterIP": kinds.Ask(func(s *corev1.Service) string { return s.Spec.ClusterIP }),
			"spec.type":      kinds.Ask(func(s *corev1.Service) string { return string(s.Spec.Type) }),
		},
		Indexes: map[string]func(kinds.Object) []string{
			ByClusterIP: kinds.Ask(addresses),
			ByNodePort:  kinds.Ask(nodePorts),
		},
		Columns:      columns(),
		Subresources: []kinds.Subresource{proxy(), status()},
	}
}
