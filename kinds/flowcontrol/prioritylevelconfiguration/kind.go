package prioritylevelconfiguration

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// Kind describes priority levels.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      flowcontrolv1.SchemeGroupVersion.WithKind("PriorityLevelConfiguration"),
		Resource: "prioritylevelconfigurations",
		Singular: "prioritylevelconfiguration",
		New:      func() kinds.Object { return &flowcontrolv1.PriorityLevelConfiguration{} },
		NewList:  func() runtime.Object { return &flowcontrolv1.PriorityLevelConfigurationList{} },

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
