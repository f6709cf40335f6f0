package csistoragecapacity

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes CSI storage capacities.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        storagev1.SchemeGroupVersion.WithKind("CSIStorageCapacity"),
		Resource:   "csistoragecapacities",
		Singular:   "csistoragecapacity",
		Namespaced: true,
		New:        func() kinds.Object { return &storagev1.CSIStorageCapacity{} },
		NewList:    func() runtime.Object { return &storagev1.CSIStorageCapacityList{} },

		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		Columns: columns(),
	}
}
