package disruption

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(name string, ready, leaving bool) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if ready {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	}
	if leaving {
		p.DeletionTimestamp = new(metav1.Now())
	}
	return p
}

func TestDecide(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	three := []*corev1.Pod{pod("a", true, false), pod("b", true, false), pod("c", true, false)}
	mixed := []*corev1.Pod{pod("a", true, false), pod("b", false, false), pod("c", true, true)}
	ago := func(d time.Duration) metav1.Time { return metav1.NewTime(now.Add(-d)) }
	for _, c := range []struct {
		name      string
		least     string
		most      string
		pods      []*corev1.Pod
		scales    []Scale
		disrupted map[string]metav1.Time

		expected, desired, healthy, allowed int32
		again                               time.Duration
	}{
		{name: "a number that is reached", least: "2", pods: three, expected: 3, desired: 2, healthy: 3, allowed: 1},
		{name: "a number that is not", least: "2", pods: mixed, expected: 3, desired: 2, healthy: 1},
		{name: "no pods", least: "0"},
		{name: "nothing asked", pods: three, expected: 3, healthy: 3, allowed: 3},
		{name: "half of five", least: "50%", pods: three, scales: []Scale{{Replicas: 5}}, expected: 5, desired: 3, healthy: 3},
		{name: "one may be missing", most: "1", pods: three, scales: []Scale{{Replicas: 3}}, expected: 3, desired: 2, healthy: 3, allowed: 1},
		{name: "a third may be missing, rounded up", most: "30%", pods: three, scales: []Scale{{Replicas: 2}, {Replicas: 2}}, expected: 4, desired: 2, healthy: 3, allowed: 1},
		{name: "one is on its way out", least: "1", pods: three, disrupted: map[string]metav1.Time{"a": ago(time.Minute)},
			expected: 3, desired: 1, healthy: 2, allowed: 1, again: time.Minute},
		{name: "it never went", least: "1", pods: three, disrupted: map[string]metav1.Time{"a": ago(3 * time.Minute)}, expected: 3, desired: 1, healthy: 3, allowed: 2},
	} {
		b := &policyv1.PodDisruptionBudget{ObjectMeta: metav1.ObjectMeta{Generation: 7}, Status: policyv1.PodDisruptionBudgetStatus{DisruptedPods: c.disrupted}}
		if c.least != "" {
			b.Spec.MinAvailable = new(intstr.Parse(c.least))
		}
		if c.most != "" {
			b.Spec.MaxUnavailable = new(intstr.Parse(c.most))
		}
		s, again, err := Decide(b, c.pods, c.scales, now)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if s.ExpectedPods != c.expected || s.DesiredHealthy != c.desired || s.CurrentHealthy != c.healthy || s.DisruptionsAllowed != c.allowed || again != c.again {
			t.Errorf("%s: got %+v, again in %v", c.name, s, again)
		}
		if s.ObservedGeneration != 7 || meta.IsStatusConditionTrue(s.Conditions, "DisruptionAllowed") != (c.allowed > 0) {
			t.Errorf("%s: conditions %+v", c.name, s.Conditions)
		}
		b.Status = s
		if next, _, _ := Decide(b, c.pods, c.scales, now.Add(time.Second)); !same(&next, &s) {
			t.Errorf("%s: it is not content with what it wrote:\n%+v\n%+v", c.name, s, next)
		}
	}
}

func TestSelects(t *testing.T) {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"a": "b"}}}
	for _, c := range []struct {
		selector *metav1.LabelSelector
		want     bool
	}{
		{nil, false}, {&metav1.LabelSelector{}, true}, {&metav1.LabelSelector{MatchLabels: map[string]string{"a": "b"}}, true},
		{&metav1.LabelSelector{MatchLabels: map[string]string{"a": "c"}}, false},
	} {
		if got := selects(&policyv1.PodDisruptionBudget{Spec: policyv1.PodDisruptionBudgetSpec{Selector: c.selector}}, p); got != c.want {
			t.Errorf("%v: %v", c.selector, got)
		}
	}
}
