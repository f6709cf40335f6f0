package replicaset

import (
	"errors"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func set(replicas int32) *appsv1.ReplicaSet {
	return &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Name: "rs", Generation: 3}, Spec: appsv1.ReplicaSetSpec{Replicas: ptr.To(replicas), MinReadySeconds: 10,
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}}}}
}

func pod(name string, edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"a": "b"}, CreationTimestamp: metav1.NewTime(now.Add(-time.Hour))},
		Spec: corev1.PodSpec{NodeName: "n1"}, Status: corev1.PodStatus{Phase: corev1.PodRunning}}
	for _, e := range edits {
		e(p)
	}
	return p
}

func ready(ago time.Duration) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now.Add(-ago))}}
	}
}

func on(node string) func(*corev1.Pod)           { return func(p *corev1.Pod) { p.Spec.NodeName = node } }
func phase(ph corev1.PodPhase) func(*corev1.Pod) { return func(p *corev1.Pod) { p.Status.Phase = ph } }
func terminating(p *corev1.Pod)                  { p.DeletionTimestamp = ptr.To(metav1.NewTime(now)) }
func deletionCost(c string) func(*corev1.Pod) {
	return func(p *corev1.Pod) { p.Annotations = map[string]string{corev1.PodDeletionCost: c} }
}

func TestDecide(t *testing.T) {
	gone := set(2)
	gone.DeletionTimestamp = ptr.To(metav1.NewTime(now))
	for _, c := range []struct {
		name   string
		set    *appsv1.ReplicaSet
		pods   []*corev1.Pod
		create int
		delete []string
	}{
		{"nothing there", set(3), nil, 3, nil},
		{"as wanted", set(1), []*corev1.Pod{pod("a")}, 0, nil},
		{"terminating and finished pods do not count", set(2), []*corev1.Pod{pod("a", terminating), pod("b", phase(corev1.PodFailed)), pod("c")}, 1, nil},
		{"a burst at most", set(2000), nil, 500, nil},
		{"a set that goes makes nothing", gone, nil, 0, nil},
		{"unscheduled first", set(1), []*corev1.Pod{pod("a", ready(time.Minute)), pod("b", on(""))}, 0, []string{"b"}},
		{"pending before running", set(1), []*corev1.Pod{pod("a"), pod("b", phase(corev1.PodPending))}, 0, []string{"b"}},
		{"not ready before ready", set(1), []*corev1.Pod{pod("a", ready(time.Minute)), pod("b")}, 0, []string{"b"}},
		{"cheaper before dearer", set(1), []*corev1.Pod{pod("a", ready(time.Hour)), pod("b", ready(time.Second), deletionCost("5"))}, 0, []string{"a"}},
		{"crowded node first", set(2), []*corev1.Pod{pod("a", ready(time.Hour), on("n2")), pod("b", ready(time.Hour)), pod("c", ready(time.Hour))}, 0, []string{"b"}},
		{"shorter ready first", set(1), []*corev1.Pod{pod("a", ready(time.Hour)), pod("b", ready(time.Minute))}, 0, []string{"b"}},
	} {
		got := Decide(c.set, c.pods)
		if got.Create != c.create || len(got.Delete) != len(c.delete) {
			t.Errorf("%s: create %d, delete %d; want %d, %v", c.name, got.Create, len(got.Delete), c.create, c.delete)
			continue
		}
		for i, name := range c.delete {
			if got.Delete[i].Name != name {
				t.Errorf("%s: delete %s, want %s", c.name, got.Delete[i].Name, name)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	owned := []*corev1.Pod{pod("a", ready(time.Minute)), pod("b", ready(4*time.Second)), pod("c"), pod("d", terminating)}
	status, wait := Status(set(3), owned, nil, false, now)
	if status.Replicas != 3 || status.ReadyReplicas != 2 || status.AvailableReplicas != 1 || *status.TerminatingReplicas != 1 || status.FullyLabeledReplicas != 3 || status.ObservedGeneration != 3 {
		t.Errorf("status is %+v", status)
	}
	if wait != 6*time.Second {
		t.Errorf("look again in %v, want 6s, when b becomes available", wait)
	}
	failed, _ := Status(set(3), owned, errors.New("quota"), true, now)
	if len(failed.Conditions) != 1 || failed.Conditions[0].Reason != "FailedCreate" || failed.Conditions[0].Message != "quota" {
		t.Errorf("conditions are %+v", failed.Conditions)
	}
	rs := set(3)
	rs.Status = failed
	if healed, _ := Status(rs, owned, nil, false, now); len(healed.Conditions) != 0 {
		t.Errorf("after the failure was over: %+v", healed.Conditions)
	}
}
