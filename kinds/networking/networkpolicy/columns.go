package networkpolicy

import (
	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Pod-Selector", Type: "string", Description: networkingv1.NetworkPolicySpec{}.SwaggerDoc()["podSelector"], Value: table.Cell(func(p *networkingv1.NetworkPolicy) any {
			return table.Selector(&p.Spec.PodSelector)
		})},
		table.Age(),
	}
}
