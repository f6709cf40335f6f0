package deviceclass

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

// Kind describes classes of devices.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      resourcev1.SchemeGroupVersion.WithKind("DeviceClass"),
		Resource: "deviceclasses",
		Singular: "deviceclass",
		New:      func() kinds.Object { return &resourcev1.DeviceClass{} },
		NewList:  func() runtime.Object { return &resourcev1.DeviceClassList{} },

		Generation: kinds.AskWith(func(c, old *resourcev1.DeviceClass) bool {
			return !equality.Semantic.DeepEqual(c.Spec, old.Spec)
		}),
		Validate:       kinds.Ask(func(c *resourcev1.DeviceClass) errorList { return validate(c, nil) }),
		ValidateUpdate: kinds.AskWith(validate),

		AllowUnconditionalUpdate: true,
		ReturnDeleted:            true,

		Columns: []kinds.Column{table.Name(), table.Age()},
	}
}
