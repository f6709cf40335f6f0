package poddisruptionbudget

import (
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Min Available", Type: "string", Description: "The minimum number of pods that must be available.", Value: table.Cell(func(b *policyv1.PodDisruptionBudget) any {
			return amount(b.Spec.MinAvailable)
		})},
		{Name: "Max Unavailable", Type: "string", Description: "The maximum number of pods that may be unavailable.", Value: table.Cell(func(b *policyv1.PodDisruptionBudget) any {
			return amount(b.Spec.MaxUnavailable)
		})},
		{Name: "Allowed Disruptions", Type: "integer", Description: "Calculated number of pods that may be disrupted at this time.", Value: table.Cell(func(b *policyv1.PodDisruptionBudget) any {
			return int64(b.Status.DisruptionsAllowed)
		})},
		table.Age(),
	}
}

func amount(v *intstr.IntOrString) string {
	if v == nil {
		return "N/A"
	}
	return v.String()
}
