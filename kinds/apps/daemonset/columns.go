package daemonset

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status, pod := appsv1.DaemonSetSpec{}.SwaggerDoc(), appsv1.DaemonSetStatus{}.SwaggerDoc(), corev1.PodSpec{}.SwaggerDoc()
	number := func(name, field string, of func(*appsv1.DaemonSetStatus) int32) kinds.Column {
		return kinds.Column{Name: name, Type: "integer", Description: status[field], Value: table.Cell(func(d *appsv1.DaemonSet) any {
			return int64(of(&d.Status))
		})}
	}
	return []kinds.Column{
		table.Name(),
		number("Desired", "desiredNumberScheduled", func(s *appsv1.DaemonSetStatus) int32 { return s.DesiredNumberScheduled }),
		number("Current", "currentNumberScheduled", func(s *appsv1.DaemonSetStatus) int32 { return s.CurrentNumberScheduled }),
		number("Ready", "numberReady", func(s *appsv1.DaemonSetStatus) int32 { return s.NumberReady }),
		number("Up-to-date", "updatedNumberScheduled", func(s *appsv1.DaemonSetStatus) int32 { return s.UpdatedNumberScheduled }),
		number("Available", "numberAvailable", func(s *appsv1.DaemonSetStatus) int32 { return s.NumberAvailable }),
		{Name: "Node Selector", Type: "string", Description: pod["nodeSelector"], Value: table.Cell(func(d *appsv1.DaemonSet) any {
			return table.Labels(d.Spec.Template.Spec.NodeSelector)
		})},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(d *appsv1.DaemonSet) any {
			return table.ContainerNames(d.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(d *appsv1.DaemonSet) any {
			return table.ContainerImages(d.Spec.Template.Spec.Containers)
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: spec["selector"], Value: table.Cell(func(d *appsv1.DaemonSet) any {
			return table.Selector(d.Spec.Selector)
		})},
	}
}
