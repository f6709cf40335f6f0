package podgc

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func pod(name, node string, edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.PodSpec{NodeName: node}}
	for _, e := range edits {
		e(p)
	}
	return p
}

func terminating(grace int64) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.DeletionTimestamp, p.DeletionGracePeriodSeconds = &metav1.Time{Time: now}, &grace
	}
}

func phase(ph corev1.PodPhase) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Status.Phase = ph } }

func made(ago time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.CreationTimestamp = metav1.NewTime(now.Add(-ago)) }
}

func TestStranded(t *testing.T) {
	for _, c := range []struct {
		name string
		pod  *corev1.Pod
		want bool
	}{
		{"pending", pod("p", ""), false},
		{"being deleted with grace", pod("p", "", terminating(30)), true},
		{"only finalizers hold it", pod("p", "", terminating(0)), false},
		{"its node ends it", pod("p", "n", terminating(30)), false},
	} {
		if got := Stranded(c.pod); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestLost(t *testing.T) {
	bound := []*corev1.Pod{pod("a", "n"), pod("b", "n", terminating(30))}
	up := &corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}}}
	down := &corev1.Node{}
	out := []corev1.Taint{{Key: corev1.TaintNodeOutOfService, Effect: corev1.TaintEffectNoExecute}}
	outUp, outDown := up.DeepCopy(), down.DeepCopy()
	outUp.Spec.Taints, outDown.Spec.Taints = out, out
	for _, c := range []struct {
		name  string
		node  *corev1.Node
		since time.Duration
		lost  int
		wait  time.Duration
	}{
		{"a node that is there", up, 0, 0, 0},
		{"a node that is down may come back", down, 0, 0, 0},
		{"just gone", nil, 10 * time.Second, 0, 30 * time.Second},
		{"gone for good", nil, 40 * time.Second, 2, 0},
		{"declared out of service: what is being deleted", outDown, 0, 1, 0},
		{"declared so, but it works", outUp, 0, 0, 0},
	} {
		lost, why, wait := Lost(c.node, bound, now.Add(-c.since), now)
		if len(lost) != c.lost || wait != c.wait || c.lost > 0 && why == "" {
			t.Errorf("%s: %d pods (%s), look again in %v; want %d, %v", c.name, len(lost), why, wait, c.lost, c.wait)
		}
	}
}

func TestExcess(t *testing.T) {
	all := []*corev1.Pod{
		pod("new", "n", phase(corev1.PodFailed), made(time.Minute)),
		pod("runs", "n", phase(corev1.PodRunning), made(time.Hour)),
		pod("old", "n", phase(corev1.PodSucceeded), made(time.Hour)),
	}
	if got := Excess(all, 2); got != nil {
		t.Errorf("two may stay: %v", got)
	}
	if got := Excess(all, 1); len(got) != 1 || got[0].Name != "old" {
		t.Errorf("the oldest goes: %v", got)
	}
}
