package runtimeclass

import (
	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes runtime classes.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      nodev1.SchemeGroupVersion.WithKind("RuntimeClass"),
		Resource: "runtimeclasses",
		Singular: "runtimeclass",
		New:      func() kinds.Object { return &nodev1.RuntimeClass{} },
		NewList:  func() runtime.Object { return &nodev1.RuntimeClassList{} },

		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		Columns: columns(),
	}
}
