package resourceclaim

import (
	"strings"

	resourcev1 "k8s.io/api/resource/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "State", Type: "string", Description: "A summary of the current state (allocated, pending, reserved, etc.).", Value: table.Cell(state)},
		table.Age(),
	}
}

func state(c *resourcev1.ResourceClaim) any {
	var is []string
	if c.DeletionTimestamp != nil {
		is = append(is, "deleted")
	}
	if c.Status.Allocation == nil {
		if c.DeletionTimestamp == nil {
			is = append(is, "pending")
		}
	} else {
		is = append(is, "allocated")
		if len(c.Status.ReservedFor) > 0 {
			is = append(is, "reserved")
		}
	}
	return strings.Join(is, ",")
}
