package pods

import (
	corev1 "k8s.io/api/core/v1"
	helpers "k8s.io/component-helpers/resource"
)

// Requests is what the pod takes of its node: the larger of what its containers with sidecars and what any init
// container needs, or what is said for the pod as a whole, with the overhead. (KEP-753, KEP-688, KEP-2837)
func Requests(pod *corev1.Pod) corev1.ResourceList {
	return helpers.PodRequests(pod, helpers.PodResourcesOptions{})
}

// Limits is the most that the pod may use, computed like Requests. A resource that some container may use
// without bound does not count that container.
func Limits(pod *corev1.Pod) corev1.ResourceList {
	return helpers.PodLimits(pod, helpers.PodResourcesOptions{})
}
