package nodemetrics

import (
	"k8s.io/apimachinery/pkg/runtime"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"argosy.dev/kinds"
)

// Kind describes what a node uses. It has no name in the singular, which is the core group's.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      metricsv1beta1.SchemeGroupVersion.WithKind("NodeMetrics"),
		Resource: "nodes",
		Verbs:    []string{"get", "list"},
		New:      func() kinds.Object { return &metricsv1beta1.NodeMetrics{} },
		NewList:  func() runtime.Object { return &metricsv1beta1.NodeMetricsList{} },
		Computed: true,
		Columns:  columns(),
	}
}
