package horizontalpodautoscaler

import (
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
)

// autoscaler is the version that is kept; old is the other.
type (
	autoscaler = autoscalingv2.HorizontalPodAutoscaler
	old        = autoscalingv1.HorizontalPodAutoscaler
)

// Kind describes horizontal pod autoscalers.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        autoscalingv2.SchemeGroupVersion.WithKind("HorizontalPodAutoscaler"),
		Resource:   "horizontalpodautoscalers",
		Singular:   "horizontalpodautoscaler",
		ShortNames: []string{"hpa"},
		Categories: []string{"all"},
		Namespaced: true,
		New:        func() kinds.Object { return &autoscaler{} },
		NewList:    func() runtime.Object { return &autoscalingv2.HorizontalPodAutoscalerList{} },
		Versions:   []kinds.Version{v1()},

		Default:        kinds.Do(setDefaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowUnconditionalUpdate: true,

		Columns:      columns(),
		Subresources: []kinds.Subresource{status()},
	}
}

func v1() kinds.Version {
	return kinds.Version{
		Version:    autoscalingv1.SchemeGroupVersion.Version,
		New:        func() kinds.Object { return &old{} },
		NewList:    func() runtime.Object { return &autoscalingv1.HorizontalPodAutoscalerList{} },
		Default:    kinds.Do(setOldDefaults),
		ToStored:   func(obj kinds.Object) (kinds.Object, error) { return fromOld(obj.(*old)), nil },
		FromStored: func(obj kinds.Object) (kinds.Object, error) { return toOld(obj.(*autoscaler)) },
	}
}
