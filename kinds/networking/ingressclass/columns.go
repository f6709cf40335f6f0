package ingressclass

import (
	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := networkingv1.IngressClassSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Controller", Type: "string", Description: "Controller that is responsible for handling this class", Value: table.Cell(func(c *networkingv1.IngressClass) any { return c.Spec.Controller })},
		{Name: "Parameters", Type: "string", Description: doc["parameters"], Value: table.Cell(reference)},
		table.Age(),
	}
}

func reference(c *networkingv1.IngressClass) any {
	p := c.Spec.Parameters
	if p == nil {
		return table.None
	}
	kind := p.Kind
	if p.APIGroup != nil {
		kind += "." + *p.APIGroup
	}
	return kind + "/" + p.Name
}
