package lease

import (
	coordinationv1 "k8s.io/api/coordination/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := coordinationv1.LeaseSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Holder", Type: "string", Description: doc["holderIdentity"], Value: table.Cell(holder)},
		table.Age(),
	}
}

func holder(l *coordinationv1.Lease) any {
	if l.Spec.HolderIdentity == nil {
		return ""
	}
	return *l.Spec.HolderIdentity
}
