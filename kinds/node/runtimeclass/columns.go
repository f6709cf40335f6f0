package runtimeclass

import (
	nodev1 "k8s.io/api/node/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Handler", Type: "string", Value: table.Cell(func(c *nodev1.RuntimeClass) any { return c.Handler })},
		table.Age(),
	}
}
