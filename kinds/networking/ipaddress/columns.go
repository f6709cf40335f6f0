package ipaddress

import (
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "ParentRef", Type: "string", Description: networkingv1.IPAddressSpec{}.SwaggerDoc()["parentRef"], Value: table.Cell(parent)},
	}
}

func parent(a *networkingv1.IPAddress) any {
	ref := a.Spec.ParentRef
	if ref == nil {
		return table.None
	}
	what := ref.Resource
	if ref.Group != "" {
		what += "." + ref.Group
	}
	parts := []string{what}
	if ref.Namespace != "" {
		parts = append(parts, ref.Namespace)
	}
	return strings.Join(append(parts, ref.Name), "/")
}
