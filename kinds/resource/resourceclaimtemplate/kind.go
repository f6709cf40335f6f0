package resourceclaimtemplate

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/table"
)

// Kind describes templates of claims.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        resourcev1.SchemeGroupVersion.WithKind("ResourceClaimTemplate"),
		Resource:   "resourceclaimtemplates",
		Singular:   "resourceclaimtemplate",
		Namespaced: true,
		New:        func() kinds.Object { return &resourcev1.ResourceClaimTemplate{} },
		NewList:    func() runtime.Object { return &resourcev1.ResourceClaimTemplateList{} },

		Default:        kinds.Do(func(t *resourcev1.ResourceClaimTemplate) { devices.SetDefaults(&t.Spec.Spec.Devices) }),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		PrepareCreate:  kinds.Do(func(t *resourcev1.ResourceClaimTemplate) { devices.Tidy(&t.Spec.Spec.Devices) }),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns: []kinds.Column{table.Name(), table.Age()},
	}
}
