package nodes

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
)

// Condition finds a condition; nil if the node does not have it.
func Condition(status *corev1.NodeStatus, kind corev1.NodeConditionType) *corev1.NodeCondition {
	for i := range status.Conditions {
		if status.Conditions[i].Type == kind {
			return &status.Conditions[i]
		}
	}
	return nil
}

// SetCondition puts c into status and tells whether that changed anything beside its times. A condition whose status
// stays the same keeps the time of its last transition; otherwise that is now.
func SetCondition(status *corev1.NodeStatus, c corev1.NodeCondition, now time.Time) bool {
	c.LastTransitionTime = metav1.NewTime(now)
	old := Condition(status, c.Type)
	if old == nil {
		status.Conditions = append(status.Conditions, c)
		return true
	}
	if old.Status == c.Status {
		c.LastTransitionTime = old.LastTransitionTime
	}
	changed := old.Status != c.Status || old.Reason != c.Reason || old.Message != c.Message
	*old = c
	return changed
}

// Ready tells whether the node says that it is ready.
func Ready(node *corev1.Node) bool {
	c := Condition(&node.Status, corev1.NodeReady)
	return c != nil && c.Status == corev1.ConditionTrue
}

// Address is the node's first address of a kind; "" if it has none.
func Address(node *corev1.Node, kind corev1.NodeAddressType) string {
	for _, a := range node.Status.Addresses {
		if a.Type == kind {
			return a.Address
		}
	}
	return ""
}

// Suits tells whether the node satisfies the pod's node selector and required node affinity. The error is about a broken affinity.
func Suits(pod *corev1.Pod, node *corev1.Node) (bool, error) {
	return nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)
}
