package csinode

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes CSI nodes.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      storagev1.SchemeGroupVersion.WithKind("CSINode"),
		Resource: "csinodes",
		Singular: "csinode",
		New:      func() kinds.Object { return &storagev1.CSINode{} },
		NewList:  func() runtime.Object { return &storagev1.CSINodeList{} },

		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		ReturnDeleted: true,

		Columns: columns(),
	}
}
