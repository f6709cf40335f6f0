package resourceslice

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/resource/devices"
)

// Kind describes slices of pools of devices.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      resourcev1.SchemeGroupVersion.WithKind("ResourceSlice"),
		Resource: "resourceslices",
		Singular: "resourceslice",
		New:      func() kinds.Object { return &resourcev1.ResourceSlice{} },
		NewList:  func() runtime.Object { return &resourcev1.ResourceSliceList{} },

		Default:       kinds.Do(setDefaults),
		PrepareCreate: kinds.Do(func(s *resourcev1.ResourceSlice) { forgetDisabled(s, nil) }),
		PrepareUpdate: kinds.DoWith(forgetDisabled),
		Generation: kinds.AskWith(func(s, old *resourcev1.ResourceSlice) bool {
			return !equality.Semantic.DeepEqual(s.Spec, old.Spec)
		}),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),
		Warnings: kinds.AskWith(func(s, _ *resourcev1.ResourceSlice) []string {
			return devices.Caseless(s.Spec.Driver, field.NewPath("spec", "driver"))
		}),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Fields: map[string]func(kinds.Object) string{
			resourcev1.ResourceSliceSelectorNodeName: kinds.Ask(node),
			resourcev1.ResourceSliceSelectorDriver:   kinds.Ask(func(s *resourcev1.ResourceSlice) string { return s.Spec.Driver }),
		},
		Columns: columns(),
	}
}

func node(s *resourcev1.ResourceSlice) string {
	if s.Spec.NodeName == nil {
		return ""
	}
	return *s.Spec.NodeName
}
