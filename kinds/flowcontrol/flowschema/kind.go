package flowschema

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes flow schemas.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      flowcontrolv1.SchemeGroupVersion.WithKind("FlowSchema"),
		Resource: "flowschemas",
		Singular: "flowschema",
		New:      func() kinds.Object { return &flowcontrolv1.FlowSchema{} },
		NewList:  func() runtime.Object { return &flowcontrolv1.FlowSchemaList{} },

		Default:       kinds.Do(setDefaults),
		PrepareCreate: kinds.Do(prepareCreate),
		PrepareUpdate: kinds.DoWith(prepareUpdate),
		Generation:    kinds.AskWith(generation),
		Validate:      kinds.Ask(validate),

		AllowUnconditionalUpdate: true,

		Columns:      columns(),
		Subresources: []kinds.Subresource{status()},
	}
}
