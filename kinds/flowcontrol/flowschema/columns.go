package flowschema

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := flowcontrolv1.FlowSchemaSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "PriorityLevel", Type: "string", Description: flowcontrolv1.PriorityLevelConfigurationReference{}.SwaggerDoc()["name"], Value: table.Cell(func(s *flowcontrolv1.FlowSchema) any { return s.Spec.PriorityLevelConfiguration.Name })},
		{Name: "MatchingPrecedence", Type: "string", Description: doc["matchingPrecedence"], Value: table.Cell(func(s *flowcontrolv1.FlowSchema) any { return int64(s.Spec.MatchingPrecedence) })},
		{Name: "DistinguisherMethod", Type: "string", Description: flowcontrolv1.FlowDistinguisherMethod{}.SwaggerDoc()["type"], Value: table.Cell(func(s *flowcontrolv1.FlowSchema) any {
			if s.Spec.DistinguisherMethod == nil {
				return table.None
			}
			return string(s.Spec.DistinguisherMethod.Type)
		})},
		table.Age(),
		{Name: "MissingPL", Type: "string", Description: "references a broken or non-existent PriorityLevelConfiguration", Value: table.Cell(missing)},
	}
}

// missing is what the server found out about the schema's level.
func missing(s *flowcontrolv1.FlowSchema) any {
	for _, c := range s.Status.Conditions {
		if c.Type == flowcontrolv1.FlowSchemaConditionDangling {
			return string(c.Status)
		}
	}
	return "?"
}
