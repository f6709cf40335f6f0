package ingress

import (
	"slices"
	"strings"

	networkingv1 "k8s.io/api/networking/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	text := func(name, description string, of func(*networkingv1.Ingress) string) kinds.Column {
		return kinds.Column{Name: name, Type: "string", Description: description, Value: table.Cell(func(i *networkingv1.Ingress) any { return of(i) })}
	}
	return []kinds.Column{
		table.Name(),
		text("Class", "The name of the IngressClass resource that should be used for additional configuration", class),
		text("Hosts", "Hosts that incoming requests are matched against before the ingress rule", hosts),
		text("Address", "Address is a list containing ingress points for the load-balancer", address),
		text("Ports", "Ports of TLS configurations that open", ports),
		table.Age(),
	}
}

func class(i *networkingv1.Ingress) string {
	if i.Spec.IngressClassName == nil {
		return table.None
	}
	return *i.Spec.IngressClassName
}

func hosts(i *networkingv1.Ingress) string {
	var list []string
	for _, r := range i.Spec.Rules {
		if r.Host != "" {
			list = append(list, r.Host)
		}
	}
	if len(list) == 0 {
		return "*"
	}
	return table.FirstFew(list)
}

func address(i *networkingv1.Ingress) string {
	var list []string
	for _, e := range i.Status.LoadBalancer.Ingress {
		where := e.IP
		if where == "" {
			where = e.Hostname
		}
		if where != "" && !slices.Contains(list, where) {
			list = append(list, where)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ",")
}

func ports(i *networkingv1.Ingress) string {
	if len(i.Spec.TLS) > 0 {
		return "80, 443"
	}
	return "80"
}
