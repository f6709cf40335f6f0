package node

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestLazy(t *testing.T) {
	old := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "n1", ResourceVersion: "1"},
		Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{
			Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Unix(1000, 0), LastTransitionTime: metav1.Unix(500, 0),
		}}},
	}
	beat := func(change func(*corev1.Node)) *corev1.Node {
		n := old.DeepCopy()
		n.ResourceVersion = "2"
		n.Status.Conditions[0].LastHeartbeatTime = metav1.NewTime(time.Unix(1010, 0))
		change(n)
		return n
	}
	if !lazy(beat(func(*corev1.Node) {}), old) {
		t.Error("a heartbeat alone need not be durable")
	}
	if lazy(beat(func(n *corev1.Node) { n.Status.Conditions[0].Status = corev1.ConditionFalse }), old) {
		t.Error("a change of readiness must be durable")
	}
	if lazy(beat(func(n *corev1.Node) { n.Labels = map[string]string{"a": "b"} }), old) {
		t.Error("a new label must be durable")
	}
	if lazy(old, nil) {
		t.Error("a new node must be durable")
	}
	if !old.Status.Conditions[0].LastHeartbeatTime.Time.Equal(time.Unix(1000, 0)) {
		t.Error("the argument was changed")
	}
}
