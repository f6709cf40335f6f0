package replicaset

import (
	"sort"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
)

// rank sorts pods so that those whose loss costs least come first: not scheduled, pending, not ready, cheaper by the
// pod-deletion-cost annotation (KEP-2255), sharing their node with more of the same, ready for a shorter time, restarted
// more often, younger.
func rank(list []*corev1.Pod) {
	perNode := map[string]int{}
	for _, p := range list {
		if p.Spec.NodeName != "" {
			perNode[p.Spec.NodeName]++
		}
	}
	sort.SliceStable(list, func(i, j int) bool {
		a, b := list[i], list[j]
		for _, order := range [...]int{
			boolOrder(pods.Scheduled(a), pods.Scheduled(b)),
			phaseOrder(a) - phaseOrder(b),
			boolOrder(pods.Ready(a), pods.Ready(b)),
			cost(a) - cost(b),
			perNode[b.Spec.NodeName] - perNode[a.Spec.NodeName],
			later(readySince(a), readySince(b)),
			restarts(b) - restarts(a),
			later(&a.CreationTimestamp, &b.CreationTimestamp),
		} {
			if order != 0 {
				return order < 0
			}
		}
		return a.Name < b.Name
	})
}

// boolOrder puts false before true.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func phaseOrder(p *corev1.Pod) int {
	switch p.Status.Phase {
	case corev1.PodPending:
		return 0
	case corev1.PodUnknown:
		return 1
	}
	return 2
}

func cost(p *corev1.Pod) int {
	n, err := strconv.ParseInt(p.Annotations[corev1.PodDeletionCost], 10, 32)
	if err != nil {
		return 0 // the API refuses what is no number; nothing else costs nothing
	}
	return int(n)
}

// later puts the later time first, and none before all.
func later(a, b *metav1.Time) int {
	switch {
	case a.Equal(b):
		return 0
	case a.IsZero():
		return -1
	case b.IsZero(), a.Before(b):
		return 1
	}
	return -1
}

func readySince(p *corev1.Pod) *metav1.Time {
	if c := pods.Condition(&p.Status, corev1.PodReady); c != nil && c.Status == corev1.ConditionTrue {
		return &c.LastTransitionTime
	}
	return nil
}

func restarts(p *corev1.Pod) int {
	n := int32(0)
	for _, c := range p.Status.ContainerStatuses {
		n = max(n, c.RestartCount)
	}
	return int(n)
}
