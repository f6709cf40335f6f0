package statefulset

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	return []kinds.Column{
		table.Name(),
		{Name: "Ready", Type: "string", Description: "Number of the pod with ready state", Value: table.Cell(ready)},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(s *appsv1.StatefulSet) any {
			return table.ContainerNames(s.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(s *appsv1.StatefulSet) any {
			return table.ContainerImages(s.Spec.Template.Spec.Containers)
		})},
	}
}

func ready(s *appsv1.StatefulSet) any {
	return fmt.Sprintf("%d/%d", s.Status.ReadyReplicas, count(s.Spec.Replicas))
}
