//lint:file-ignore SA1019 the API serves it for as long as clients read it

package componentstatus

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	healthy := func(show func(corev1.ComponentCondition) any) func(c *corev1.ComponentStatus) any {
		return func(c *corev1.ComponentStatus) any {
			for _, condition := range c.Conditions {
				if condition.Type == corev1.ComponentHealthy {
					return show(condition)
				}
			}
			return show(corev1.ComponentCondition{Status: corev1.ConditionUnknown})
		}
	}
	return []kinds.Column{
		table.Name(),
		{Name: "Status", Type: "string", Description: "Status of the component conditions", Value: table.Cell(healthy(status))},
		{Name: "Message", Type: "string", Description: "Message of the component conditions", Value: table.Cell(healthy(func(c corev1.ComponentCondition) any { return c.Message }))},
		{Name: "Error", Type: "string", Description: "Error of the component conditions", Value: table.Cell(healthy(func(c corev1.ComponentCondition) any { return c.Error }))},
	}
}

func status(c corev1.ComponentCondition) any {
	switch c.Status {
	case corev1.ConditionTrue:
		return "Healthy"
	case corev1.ConditionFalse:
		return "Unhealthy"
	}
	return "Unknown"
}
