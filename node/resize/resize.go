package resize

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/facts/pods"
	"argosy.dev/node/admit"
)

// Recall is the pod with the resources that its status says were promised; the pod itself where that is what it asks for.
func Recall(pod *corev1.Pod) *corev1.Pod {
	promise := with(pod, func(c *corev1.Container, list []corev1.ContainerStatus) *corev1.ResourceRequirements {
		s := pods.Status(list, c.Name)
		if s == nil || s.Resources == nil {
			return nil // it was never told: nothing else was promised yet
		}
		r := c.Resources
		r.Requests, r.Limits = s.AllocatedResources, s.Resources.Limits
		return &r
	})
	if promise != pod {
		promise.Generation = 0 // of no generation's wish
	}
	return promise
}

// Apply is the pod with the resources of a promise; the pod itself where they are the same.
func Apply(pod, promise *corev1.Pod) *corev1.Pod {
	if pod == promise || pod.Generation == promise.Generation && pod.Generation != 0 {
		return pod
	}
	return with(pod, func(c *corev1.Container, _ []corev1.ContainerStatus) *corev1.ResourceRequirements {
		for _, list := range [][]corev1.Container{promise.Spec.InitContainers, promise.Spec.Containers} {
			for i := range list {
				if list[i].Name == c.Name {
					return &list[i].Resources
				}
			}
		}
		return nil
	})
}

// with is the pod with other resources, copied only where that is a change.
func with(pod *corev1.Pod, of func(c *corev1.Container, statuses []corev1.ContainerStatus) *corev1.ResourceRequirements) *corev1.Pod {
	out := pod
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		if r := of(c, pod.Status.InitContainerStatuses); r != nil && Differ(r, &c.Resources) {
			if out == pod {
				out = pod.DeepCopy()
			}
			out.Spec.InitContainers[i].Resources = *r.DeepCopy()
		}
	}
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if r := of(c, pod.Status.ContainerStatuses); r != nil && Differ(r, &c.Resources) {
			if out == pod {
				out = pod.DeepCopy()
			}
			out.Spec.Containers[i].Resources = *r.DeepCopy()
		}
	}
	return out
}

// Differ tells whether two resources are not the same for a node.
func Differ(a, b *corev1.ResourceRequirements) bool {
	return !equality.Semantic.DeepEqual(a.Requests, b.Requests) && len(a.Requests)+len(b.Requests) > 0 ||
		!equality.Semantic.DeepEqual(a.Limits, b.Limits) && len(a.Limits)+len(b.Limits) > 0
}

// Pending is why a wish is not granted.
type Pending struct{ Reason, Message string }

// Decide tells why a wish for other resources is not granted; nil where it is. taken is what the node's other pods have.
func Decide(wish *corev1.Pod, taken, allocatable corev1.ResourceList) *Pending {
	if _, static := wish.Annotations[corev1.MirrorPodAnnotationKey]; static {
		return &Pending{corev1.PodReasonInfeasible, "In-place resize of static-pods is not supported"}
	}
	requests := pods.Requests(wish)
	if name, ok := admit.Fits(requests, nil, allocatable); !ok {
		return &Pending{corev1.PodReasonInfeasible, fmt.Sprintf("Node didn't have enough capacity: %s, requested: %d, capacity: %d", name, amount(name, requests), amount(name, allocatable))}
	}
	if name, ok := admit.Fits(requests, taken, allocatable); !ok {
		return &Pending{corev1.PodReasonDeferred, fmt.Sprintf("Node didn't have enough resource: %s, requested: %d, used: %d, capacity: %d", name, amount(name, requests), amount(name, taken), amount(name, allocatable))}
	}
	return nil
}

func amount(name corev1.ResourceName, list corev1.ResourceList) int64 {
	q := list[name]
	if name == corev1.ResourceCPU {
		return q.MilliValue()
	}
	return q.Value()
}
