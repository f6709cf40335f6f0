package servicecidr

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "CIDRs", Type: "string", Description: networkingv1.ServiceCIDRSpec{}.SwaggerDoc()["cidrs"], Value: table.Cell(func(c *networkingv1.ServiceCIDR) any {
			return strings.Join(c.Spec.CIDRs, ",")
		})},
		table.Age(),
	}
}
