package namespace

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes namespaces.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("Namespace"),
		Resource:   "namespaces",
		Singular:   "namespace",
		ShortNames: []string{"ns"},
		Verbs:      []string{"create", "delete", "get", "list", "patch", "update", "watch"},
		New:        func() kinds.Object { return &corev1.Namespace{} },
		NewList:    func() runtime.Object { return &corev1.NamespaceList{} },

		Default:       kinds.Do(setDefaults),
		PrepareCreate: kinds.Do(prepareCreate),
		PrepareUpdate: kinds.DoWith(prepareUpdate),
		Name:          validation.ValidateNamespaceName,
		Validate:      kinds.Ask(validate),

		AllowUnconditionalUpdate: true,

		KeepWhileFinalizing: kinds.Ask(keepWhileFinalizing),
		PrepareGrace:        kinds.Do(prepareGrace),

		Fields: map[string]func(kinds.Object) string{
			"name":         kinds.Ask(func(n *corev1.Namespace) string { return n.Name }),
			"status.phase": kinds.Ask(func(n *corev1.Namespace) string { return string(n.Status.Phase) }),
		},
		Columns:      columns(),
		Subresources: []kinds.Subresource{finalize(), status()},
	}
}
