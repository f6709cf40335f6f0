//lint:file-ignore SA1019 the API serves Endpoints for as long as clients read it

package endpoints

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Endpoints", Type: "string", Description: corev1.Endpoints{}.SwaggerDoc()["subsets"], Value: table.Cell(summary)},
		table.Age(),
	}
}

// summary lists the first few endpoints, and how many more there are.
func summary(e *corev1.Endpoints) any {
	const most = 3
	var list []string
	count := 0
	add := func(s string) {
		if count++; count <= most {
			list = append(list, s)
		}
	}
	for i := range e.Subsets {
		s := &e.Subsets[i]
		if len(s.Ports) == 0 {
			for _, a := range s.Addresses {
				add(a.IP)
			}
		}
		for _, p := range s.Ports {
			for _, a := range s.Addresses {
				add(net.JoinHostPort(a.IP, strconv.Itoa(int(p.Port))))
			}
		}
	}
	switch {
	case count == 0:
		return table.None
	case count > most:
		return fmt.Sprintf("%s + %d more...", strings.Join(list, ","), count-most)
	}
	return strings.Join(list, ",")
}
