package priorityclass

import (
	schedulingv1 "k8s.io/api/scheduling/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := schedulingv1.PriorityClass{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Value", Type: "integer", Description: doc["value"], Value: table.Cell(func(c *schedulingv1.PriorityClass) any { return int64(c.Value) })},
		{Name: "Global-Default", Type: "boolean", Description: doc["globalDefault"], Value: table.Cell(func(c *schedulingv1.PriorityClass) any { return c.GlobalDefault })},
		table.Age(),
		{Name: "PreemptionPolicy", Type: "string", Description: doc["preemptionPolicy"], Value: table.Cell(policy)},
	}
}

func policy(c *schedulingv1.PriorityClass) any {
	if c.PreemptionPolicy == nil {
		return ""
	}
	return string(*c.PreemptionPolicy)
}
