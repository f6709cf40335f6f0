package storageclass

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes storage classes.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        storagev1.SchemeGroupVersion.WithKind("StorageClass"),
		Resource:   "storageclasses",
		Singular:   "storageclass",
		ShortNames: []string{"sc"},
		New:        func() kinds.Object { return &storagev1.StorageClass{} },
		NewList:    func() runtime.Object { return &storagev1.StorageClassList{} },

		Default:        kinds.Do(setDefaults),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns: columns(),
	}
}
