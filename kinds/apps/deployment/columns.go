package deployment

import (
	"fmt"

	appsv1 "k8s.io/api/apps/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := appsv1.DeploymentSpec{}.SwaggerDoc(), appsv1.DeploymentStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Ready", Type: "string", Description: "Number of the pod with ready state", Value: table.Cell(ready)},
		{Name: "Up-to-date", Type: "string", Description: status["updatedReplicas"], Value: table.Cell(func(d *appsv1.Deployment) any {
			return int64(d.Status.UpdatedReplicas)
		})},
		{Name: "Available", Type: "string", Description: status["availableReplicas"], Value: table.Cell(func(d *appsv1.Deployment) any {
			return int64(d.Status.AvailableReplicas)
		})},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(d *appsv1.Deployment) any {
			return table.ContainerNames(d.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(d *appsv1.Deployment) any {
			return table.ContainerImages(d.Spec.Template.Spec.Containers)
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: spec["selector"], Value: table.Cell(func(d *appsv1.Deployment) any {
			return table.Selector(d.Spec.Selector)
		})},
	}
}

func ready(d *appsv1.Deployment) any {
	var wanted int32
	if d.Spec.Replicas != nil {
		wanted = *d.Spec.Replicas
	}
	return fmt.Sprintf("%d/%d", d.Status.ReadyReplicas, wanted)
}
