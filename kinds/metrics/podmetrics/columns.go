package podmetrics

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "CPU", Type: "string", Format: "quantity", Description: "Processors in use by all containers", Value: table.Cell(total(corev1.ResourceCPU))},
		{Name: "Memory", Type: "string", Format: "quantity", Description: "Working set of all containers", Value: table.Cell(total(corev1.ResourceMemory))},
		{Name: "Window", Type: "string", Format: "duration", Description: "Time over which the use of processors is told", Value: table.Cell(func(m *metricsv1beta1.PodMetrics) any { return m.Window.Duration.String() })},
	}
}

func total(of corev1.ResourceName) func(m *metricsv1beta1.PodMetrics) any {
	return func(m *metricsv1beta1.PodMetrics) any {
		var sum resource.Quantity
		for i := range m.Containers {
			sum.Add(m.Containers[i].Usage[of])
		}
		return sum.String()
	}
}
