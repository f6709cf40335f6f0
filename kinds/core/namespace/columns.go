package namespace

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Status", Type: "string", Description: "The status of the namespace", Value: table.Cell(func(n *corev1.Namespace) any {
			return string(n.Status.Phase)
		})},
		table.Age(),
	}
}
