package prioritylevelconfiguration

import (
	flowcontrolv1 "k8s.io/api/flowcontrol/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, queuing := flowcontrolv1.PriorityLevelConfigurationSpec{}.SwaggerDoc(), flowcontrolv1.QueuingConfiguration{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Type", Type: "string", Description: spec["type"], Value: table.Cell(func(l *flowcontrolv1.PriorityLevelConfiguration) any { return string(l.Spec.Type) })},
		{Name: "NominalConcurrencyShares", Type: "string", Description: flowcontrolv1.LimitedPriorityLevelConfiguration{}.SwaggerDoc()["nominalConcurrencyShares"], Value: table.Cell(shares)},
		queuingColumn("Queues", queuing["queues"], func(q *flowcontrolv1.QueuingConfiguration) int32 { return q.Queues }),
		queuingColumn("HandSize", queuing["handSize"], func(q *flowcontrolv1.QueuingConfiguration) int32 { return q.HandSize }),
		queuingColumn("QueueLengthLimit", queuing["queueLengthLimit"], func(q *flowcontrolv1.QueuingConfiguration) int32 { return q.QueueLengthLimit }),
		table.Age(),
	}
}

func shares(l *flowcontrolv1.PriorityLevelConfiguration) any {
	switch {
	case l.Spec.Limited != nil && l.Spec.Limited.NominalConcurrencyShares != nil:
		return int64(*l.Spec.Limited.NominalConcurrencyShares)
	case l.Spec.Exempt != nil && l.Spec.Exempt.NominalConcurrencyShares != nil:
		return int64(*l.Spec.Exempt.NominalConcurrencyShares)
	}
	return table.None
}

// queuingColumn shows a setting of queues, where there are any.
func queuingColumn(name, description string, of func(*flowcontrolv1.QueuingConfiguration) int32) kinds.Column {
	return kinds.Column{Name: name, Type: "string", Description: description, Value: table.Cell(func(l *flowcontrolv1.PriorityLevelConfiguration) any {
		if l.Spec.Limited == nil || l.Spec.Limited.LimitResponse.Queuing == nil {
			return table.None
		}
		return int64(of(l.Spec.Limited.LimitResponse.Queuing))
	})}
}
