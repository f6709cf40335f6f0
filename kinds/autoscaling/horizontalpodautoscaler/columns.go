package horizontalpodautoscaler

import (
	"fmt"
	"strings"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := autoscalingv2.HorizontalPodAutoscalerSpec{}.SwaggerDoc(), autoscalingv2.HorizontalPodAutoscalerStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Reference", Type: "string", Description: spec["scaleTargetRef"], Value: table.Cell(func(a *autoscaler) any {
			return a.Spec.ScaleTargetRef.Kind + "/" + a.Spec.ScaleTargetRef.Name
		})},
		{Name: "Targets", Type: "string", Description: spec["metrics"], Value: table.Cell(func(a *autoscaler) any { return targets(a.Spec.Metrics, a.Status.CurrentMetrics) })},
		{Name: "MinPods", Type: "string", Description: spec["minReplicas"], Value: table.Cell(func(a *autoscaler) any {
			if a.Spec.MinReplicas == nil {
				return table.Unset
			}
			return fmt.Sprint(*a.Spec.MinReplicas)
		})},
		{Name: "MaxPods", Type: "string", Description: spec["maxReplicas"], Value: table.Cell(func(a *autoscaler) any { return int64(a.Spec.MaxReplicas) })},
		{Name: "Replicas", Type: "string", Description: status["currentReplicas"], Value: table.Cell(func(a *autoscaler) any { return int64(a.Status.CurrentReplicas) })},
		table.Age(),
	}
}

// mostShown is how many metrics there is room for.
const mostShown = 2

// targets shows each metric as what it is and what it should be.
func targets(metrics []autoscalingv2.MetricSpec, current []autoscalingv2.MetricStatus) string {
	if len(metrics) == 0 {
		return table.None
	}
	var list []string
	for i := range metrics {
		var now autoscalingv2.MetricStatus
		if i < len(current) {
			now = current[i]
		}
		list = append(list, target(&metrics[i], &now))
	}
	if more := len(list) - mostShown; more > 0 {
		return fmt.Sprintf("%s + %d more...", strings.Join(list[:mostShown], ", "), more)
	}
	return strings.Join(list, ", ")
}

func target(m *autoscalingv2.MetricSpec, now *autoscalingv2.MetricStatus) string {
	var is autoscalingv2.MetricValueStatus
	switch {
	case m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil:
		if now.Resource != nil {
			is = now.Resource.Current
		}
		return string(m.Resource.Name) + ": " + usage(&m.Resource.Target, &is)
	case m.Type == autoscalingv2.ContainerResourceMetricSourceType && m.ContainerResource != nil:
		if now.ContainerResource != nil {
			is = now.ContainerResource.Current
		}
		return string(m.ContainerResource.Name) + ": " + usage(&m.ContainerResource.Target, &is)
	case m.Type == autoscalingv2.PodsMetricSourceType && m.Pods != nil:
		if now.Pods != nil {
			is = now.Pods.Current
		}
		return quantity(is.AverageValue) + "/" + quantity(m.Pods.Target.AverageValue)
	case m.Type == autoscalingv2.ObjectMetricSourceType && m.Object != nil:
		if now.Object != nil {
			is = now.Object.Current
		}
		return amount(&m.Object.Target, &is)
	case m.Type == autoscalingv2.ExternalMetricSourceType && m.External != nil:
		if now.External != nil {
			is = now.External.Current
		}
		return amount(&m.External.Target, &is)
	}
	return "<unknown type>"
}

// usage is of a resource: an amount a pod, or a share of what pods request.
func usage(t *autoscalingv2.MetricTarget, is *autoscalingv2.MetricValueStatus) string {
	if t.AverageValue != nil {
		return quantity(is.AverageValue) + "/" + quantity(t.AverageValue)
	}
	now, wanted := table.Unknown, "<auto>"
	if is.AverageUtilization != nil {
		now = fmt.Sprintf("%d%%", *is.AverageUtilization)
	}
	if t.AverageUtilization != nil {
		wanted = fmt.Sprintf("%d%%", *t.AverageUtilization)
	}
	return now + "/" + wanted
}

// amount is of something else: in all, or on the average of the pods.
func amount(t *autoscalingv2.MetricTarget, is *autoscalingv2.MetricValueStatus) string {
	if t.AverageValue != nil {
		return quantity(is.AverageValue) + "/" + quantity(t.AverageValue) + " (avg)"
	}
	return quantity(is.Value) + "/" + quantity(t.Value)
}

func quantity(q *resource.Quantity) string {
	if q == nil {
		return table.Unknown
	}
	return q.String()
}
