package lease

import (
	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes leases.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        coordinationv1.SchemeGroupVersion.WithKind("Lease"),
		Resource:   "leases",
		Singular:   "lease",
		Namespaced: true,
		New:        func() kinds.Object { return &coordinationv1.Lease{} },
		NewList:    func() runtime.Object { return &coordinationv1.LeaseList{} },

		PrepareCreate: kinds.Do(dropDisabled),
		PrepareUpdate: kinds.DoWith(func(l, _ *coordinationv1.Lease) { dropDisabled(l) }),
		Validate:      kinds.Ask(validate),

		AllowCreateOnUpdate: true,

		Columns: columns(),
		Lazy:    kinds.AskWith(lazy),
	}
}
