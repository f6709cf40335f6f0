package nodes

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestReady(t *testing.T) {
	node := &corev1.Node{}
	if Ready(node) {
		t.Error("a node that never said so is not ready")
	}
	now := time.Unix(1000, 0)
	SetCondition(&node.Status, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, now)
	if !Ready(node) {
		t.Error("the node said that it is ready")
	}
	if SetCondition(&node.Status, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue}, now.Add(time.Hour)) {
		t.Error("nothing changed")
	}
	if since := node.Status.Conditions[0].LastTransitionTime; !since.Time.Equal(now) {
		t.Errorf("ready since %v, want %v", since, now)
	}
}

func TestSuits(t *testing.T) {
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n", Labels: map[string]string{"disk": "ssd"}}}
	for disk, want := range map[string]bool{"ssd": true, "tape": false} {
		pod := &corev1.Pod{Spec: corev1.PodSpec{NodeSelector: map[string]string{"disk": disk}}}
		if got, err := Suits(pod, node); err != nil || got != want {
			t.Errorf("disk %s: %v, %v", disk, got, err)
		}
	}
}
