package replicationcontroller

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := corev1.ReplicationControllerSpec{}.SwaggerDoc(), corev1.ReplicationControllerStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Desired", Type: "integer", Description: spec["replicas"], Value: table.Cell(desired)},
		{Name: "Current", Type: "integer", Description: status["replicas"], Value: table.Cell(func(r *corev1.ReplicationController) any {
			return int64(r.Status.Replicas)
		})},
		{Name: "Ready", Type: "integer", Description: status["readyReplicas"], Value: table.Cell(func(r *corev1.ReplicationController) any {
			return int64(r.Status.ReadyReplicas)
		})},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(r *corev1.ReplicationController) any {
			return table.ContainerNames(containers(r))
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(r *corev1.ReplicationController) any {
			return table.ContainerImages(containers(r))
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: spec["selector"], Value: table.Cell(func(r *corev1.ReplicationController) any {
			return table.Labels(r.Spec.Selector)
		})},
	}
}

func desired(r *corev1.ReplicationController) any {
	if r.Spec.Replicas == nil {
		return int64(0)
	}
	return int64(*r.Spec.Replicas)
}

func containers(r *corev1.ReplicationController) []corev1.Container {
	if r.Spec.Template == nil {
		return nil
	}
	return r.Spec.Template.Spec.Containers
}
