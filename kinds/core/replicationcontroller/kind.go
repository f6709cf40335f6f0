package replicationcontroller

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes replication controllers.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        corev1.SchemeGroupVersion.WithKind("ReplicationController"),
		Resource:   "replicationcontrollers",
		Singular:   "replicationcontroller",
		ShortNames: []string{"rc"},
		Categories: []string{"all"},
		Namespaced: true,
		StorePath:  "controllers",
		New:        func() kinds.Object { return &corev1.ReplicationController{} },
		NewList:    func() runtime.Object { return &corev1.ReplicationControllerList{} },

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings:       kinds.AskWith(warnings),

		AllowUnconditionalUpdate: true,

		Name: validateName,
		// Their pods outlive them unless the deleter says otherwise.
		DefaultPropagation: metav1.DeletePropagationOrphan,

		Fields: map[string]func(kinds.Object) string{
			"status.replicas": kinds.Ask(func(r *corev1.ReplicationController) string { return strconv.Itoa(int(r.Status.Replicas)) }),
		},
		Columns:      columns(),
		Subresources: []kinds.Subresource{scaleView(), status()},
	}
}
