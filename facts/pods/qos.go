package pods

import corev1 "k8s.io/api/core/v1"

// QOS is the class of service that follows from the resources of a pod: Guaranteed if every container (or the pod as a
// whole) has limits of CPU and memory equal to its requests, BestEffort if nothing is asked for, else Burstable. Only CPU and memory count.
func QOS(spec *corev1.PodSpec) corev1.PodQOSClass {
	if r := spec.Resources; r != nil && (asks(r.Requests) || asks(r.Limits)) {
		if fixed(r.Requests, r.Limits) {
			return corev1.PodQOSGuaranteed
		}
		return corev1.PodQOSBurstable
	}
	none, all := true, true
	for _, list := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range list {
			r := &list[i].Resources
			none = none && !asks(r.Requests) && !asks(r.Limits)
			all = all && fixed(r.Requests, r.Limits)
		}
	}
	switch {
	case none:
		return corev1.PodQOSBestEffort
	case all:
		return corev1.PodQOSGuaranteed
	}
	return corev1.PodQOSBurstable
}

var qosResources = [...]corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory}

func asks(list corev1.ResourceList) bool {
	for _, name := range qosResources {
		if q, ok := list[name]; ok && q.Sign() > 0 {
			return true
		}
	}
	return false
}

// A request that is not given is the limit.
func fixed(requests, limits corev1.ResourceList) bool {
	for _, name := range qosResources {
		limit, ok := limits[name]
		if !ok || limit.Sign() <= 0 {
			return false
		}
		if request, ok := requests[name]; ok && request.Cmp(limit) != 0 {
			return false
		}
	}
	return true
}
