package resourceslice

import (
	resourcev1 "k8s.io/api/resource/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := resourcev1.ResourceSliceSpec{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Node", Type: "string", Description: doc["nodeName"], Value: table.Cell(func(s *resourcev1.ResourceSlice) any { return node(s) })},
		{Name: "Driver", Type: "string", Description: doc["driver"], Value: table.Cell(func(s *resourcev1.ResourceSlice) any { return s.Spec.Driver })},
		{Name: "Pool", Type: "string", Description: resourcev1.ResourcePool{}.SwaggerDoc()["name"], Value: table.Cell(func(s *resourcev1.ResourceSlice) any { return s.Spec.Pool.Name })},
		table.Age(),
	}
}
