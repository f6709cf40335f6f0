package replicaset

import (
	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := appsv1.ReplicaSetSpec{}.SwaggerDoc(), appsv1.ReplicaSetStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Desired", Type: "integer", Description: spec["replicas"], Value: table.Cell(desired)},
		{Name: "Current", Type: "integer", Description: status["replicas"], Value: table.Cell(func(r *appsv1.ReplicaSet) any {
			return int64(r.Status.Replicas)
		})},
		{Name: "Ready", Type: "integer", Description: status["readyReplicas"], Value: table.Cell(func(r *appsv1.ReplicaSet) any {
			return int64(r.Status.ReadyReplicas)
		})},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(r *appsv1.ReplicaSet) any {
			return table.ContainerNames(r.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(r *appsv1.ReplicaSet) any {
			return table.ContainerImages(r.Spec.Template.Spec.Containers)
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: spec["selector"], Value: table.Cell(func(r *appsv1.ReplicaSet) any {
			return table.Selector(r.Spec.Selector)
		})},
	}
}

func desired(r *appsv1.ReplicaSet) any {
	if r.Spec.Replicas == nil {
		return int64(0)
	}
	return int64(*r.Spec.Replicas)
}
