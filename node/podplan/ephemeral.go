package podplan

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
)

// Ephemeral is an ephemeral container as the container that it becomes.
func Ephemeral(c *corev1.EphemeralContainer) *corev1.Container {
	return (*corev1.Container)(&c.EphemeralContainerCommon)
}

// ephemeral starts the ephemeral containers that have not run yet, whatever the others do. None is ever started again. (KEP-277)
func (d *decision) ephemeral() {
	for i := range d.Pod.Spec.EphemeralContainers {
		e := &d.Pod.Spec.EphemeralContainers[i]
		if c := d.Observed.Containers[e.Name]; c != nil && c.State != Created {
			continue
		}
		if s := pods.Status(d.Pod.Status.EphemeralContainerStatuses, e.Name); s != nil && s.ContainerID != "" && d.Observed.Containers[e.Name] == nil {
			continue // it ran, and went with its sandbox
		}
		d.wait(e.Name, "ContainerCreating", "")
		if d.held(e.Name) {
			continue
		}
		d.plan.Start = append(d.plan.Start, Start{Container: Ephemeral(e), Target: e.TargetContainerName})
	}
}
