package csinode

import (
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Drivers", Type: "integer", Description: "Drivers indicates the number of CSI drivers registered on the node", Value: table.Cell(func(n *storagev1.CSINode) any {
			return int64(len(n.Spec.Drivers))
		})},
		table.Age(),
	}
}
