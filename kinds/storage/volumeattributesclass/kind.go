package volumeattributesclass

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes volume attributes classes.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        storagev1.SchemeGroupVersion.WithKind("VolumeAttributesClass"),
		Resource:   "volumeattributesclasses",
		Singular:   "volumeattributesclass",
		ShortNames: []string{"vac"},
		New:        func() kinds.Object { return &storagev1.VolumeAttributesClass{} },
		NewList:    func() runtime.Object { return &storagev1.VolumeAttributesClassList{} },

		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns: columns(),
	}
}
