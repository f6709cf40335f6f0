package endpointslice

import (
	"strconv"

	discoveryv1 "k8s.io/api/discovery/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := discoveryv1.EndpointSlice{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "AddressType", Type: "string", Description: doc["addressType"], Value: table.Cell(func(s *discoveryv1.EndpointSlice) any { return string(s.AddressType) })},
		{Name: "Ports", Type: "string", Description: doc["ports"], Value: table.Cell(ports)},
		{Name: "Endpoints", Type: "string", Description: doc["endpoints"], Value: table.Cell(addresses)},
		table.Age(),
	}
}

func ports(s *discoveryv1.EndpointSlice) any {
	var list []string
	for _, p := range s.Ports {
		switch {
		case p.Port != nil:
			list = append(list, strconv.Itoa(int(*p.Port)))
		case p.Name != nil && *p.Name != "":
			list = append(list, *p.Name)
		default:
			list = append(list, "*")
		}
	}
	return some(list)
}

func addresses(s *discoveryv1.EndpointSlice) any {
	var list []string
	for i := range s.Endpoints {
		list = append(list, s.Endpoints[i].Addresses...)
	}
	return some(list)
}

func some(list []string) any {
	if len(list) == 0 {
		return table.Unset
	}
	return table.FirstFew(list)
}
