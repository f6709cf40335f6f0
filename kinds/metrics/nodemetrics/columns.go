package nodemetrics

import (
	metricsv1beta1 "k8s.io/metrics/pkg/apis/metrics/v1beta1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "CPU", Type: "string", Format: "quantity", Description: "Processors in use", Value: table.Cell(func(m *metricsv1beta1.NodeMetrics) any { return m.Usage.Cpu().String() })},
		{Name: "Memory", Type: "string", Format: "quantity", Description: "Working set", Value: table.Cell(func(m *metricsv1beta1.NodeMetrics) any { return m.Usage.Memory().String() })},
		{Name: "Window", Type: "string", Format: "duration", Description: "Time over which the use of processors is told", Value: table.Cell(func(m *metricsv1beta1.NodeMetrics) any { return m.Window.Duration.String() })},
	}
}
