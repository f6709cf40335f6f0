package podgc

import (
	"cmp"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/nodes"
	"argosy.dev/facts/pods"
)

// quarantine is how long a node must be missing to be gone.
const quarantine = 40 * time.Second

// Stranded tells that a pod without a node is being deleted with a grace that no node will end.
func Stranded(pod *corev1.Pod) bool {
	return pods.Terminating(pod) && !pods.Scheduled(pod) && (pod.DeletionGracePeriodSeconds == nil || *pod.DeletionGracePeriodSeconds > 0)
}

// OutOfService tells that somebody declared the node as shut down for good, and it looks so. (KEP-2268)
func OutOfService(node *corev1.Node) bool {
	return !nodes.Ready(node) && slices.ContainsFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeOutOfService })
}

// Lost are the pods of a node, there or not (nil), that go, and why. since is since when it is missing; wait is until when that
// must last, 0 where nothing is waited for.
func Lost(node *corev1.Node, bound []*corev1.Pod, since, now time.Time) (lost []*corev1.Pod, why string, wait time.Duration) {
	switch {
	case len(bound) == 0:
		return nil, "", 0
	case node == nil:
		if wait = since.Add(quarantine).Sub(now); wait > 0 {
			return nil, "", wait
		}
		return bound, "PodGC: node no longer exists", 0
	case OutOfService(node):
		for _, pod := range bound {
			if pods.Terminating(pod) {
				lost = append(lost, pod)
			}
		}
		return lost, "PodGC: node is out of service", 0
	}
	return nil, "", 0
}

// Excess are the oldest of the finished pods beyond so many.
func Excess(all []*corev1.Pod, threshold int) []*corev1.Pod {
	var list []*corev1.Pod
	for _, pod := range all {
		if pods.Finished(pod) {
			list = append(list, pod)
		}
	}
	excess := len(list) - threshold
	if excess <= 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name))
	})
	return list[:excess]
}
