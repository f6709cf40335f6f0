package podtemplate

import corev1 "k8s.io/api/core/v1"

// DropDisabled clears the fields of features that Kubernetes v1.36 leaves off by default, as upstream does: a writer that sends
// them is not refused. So far these are the stop signals of KEP-4960 and the scheduling groups of KEP-4671.
func DropDisabled(spec *corev1.PodSpec) {
	spec.SchedulingGroup = nil
	for i := range spec.InitContainers {
		dropStopSignal(&spec.InitContainers[i].Lifecycle)
	}
	for i := range spec.Containers {
		dropStopSignal(&spec.Containers[i].Lifecycle)
	}
	for i := range spec.EphemeralContainers {
		dropStopSignal(&spec.EphemeralContainers[i].Lifecycle)
	}
}

func dropStopSignal(l **corev1.Lifecycle) {
	if *l == nil || (*l).StopSignal == nil {
		return
	}
	(*l).StopSignal = nil
	if **l == (corev1.Lifecycle{}) {
		*l = nil
	}
}
