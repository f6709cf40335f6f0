package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes claims of devices.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        resourcev1.SchemeGroupVersion.WithKind("ResourceClaim"),
		Resource:   "resourceclaims",
		Singular:   "resourceclaim",
		Namespaced: true,
		New:        func() kinds.Object { return &resourcev1.ResourceClaim{} },
		NewList:    func() runtime.Object { return &resourcev1.ResourceClaimList{} },

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(func(c, old *resourcev1.ResourceClaim) { c.Status = old.Status }),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns:      columns(),
		Subresources: []kinds.Subresource{status()},
	}
}
