package podmetrics

import (
	"k8s.io/apimachinery/pkg/runtime"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"argosy.dev/kinds"
)

// Kind describes what the containers of a pod use. It has no name in the singular, which is the core group's.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        metricsv1beta1.SchemeGroupVersion.WithKind("PodMetrics"),
		Resource:   "pods",
		Namespaced: true,
		Verbs:      []string{"get", "list"},
		New:        func() kinds.Object { return &metricsv1beta1.PodMetrics{} },
		NewList:    func() runtime.Object { return &metricsv1beta1.PodMetricsList{} },
		Computed:   true,
		Columns:    columns(),
	}
}
