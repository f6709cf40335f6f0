package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// NodeIndex is the index of pods by the node that they are bound to; it has the name of the field selector.
const NodeIndex = "spec.nodeName"

// Kind describes pods.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("Pod"),
		Resource:   "pods",
		Singular:   "pod",
		ShortNames: []string{"po"},
		Categories: []string{"all"},
		Namespaced: true,
		New:        func() kinds.Object { return &corev1.Pod{} },
		NewList:    func() runtime.Object { return &corev1.PodList{} },

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,

		ReturnDeleted: true,
		Grace:         func(obj kinds.Object, wanted *int64) int64 { return grace(obj.(*corev1.Pod), wanted) },

		Fields: fields(),
		Indexes: map[string]func(kinds.Object) []string{
			NodeIndex: kinds.Ask(func(p *corev1.Pod) []string { return []string{p.Spec.NodeName} }),
		},
		Columns:       columns(),
		RowConditions: kinds.Ask(rowConditions),
		Subresources: []kinds.Subresource{
			attach(), binding(), ephemeralContainers(), eviction(), exec(), log(), portForward(), proxy(), resizing(), status(),
		},
	}
}
