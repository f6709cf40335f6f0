package tainteviction

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func ago(seconds int) *metav1.Time {
	return &metav1.Time{Time: now.Add(time.Duration(-seconds) * time.Second)}
}

func bears(key string, seconds ...int64) corev1.Toleration {
	t := corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute}
	if len(seconds) > 0 {
		t.TolerationSeconds = &seconds[0]
	}
	return t
}

func TestDue(t *testing.T) {
	taint := func(key string, added int) corev1.Taint {
		return corev1.Taint{Key: key, Effect: corev1.TaintEffectNoExecute, TimeAdded: ago(added)}
	}
	for _, c := range []struct {
		name        string
		tolerations []corev1.Toleration
		taints      []corev1.Taint
		bound       int
		want        time.Duration // from now; -1: never
	}{
		{"no taint", nil, nil, 100, -1},
		{"not borne", nil, []corev1.Taint{taint("a", 10)}, 100, 0},
		{"borne for ever", []corev1.Toleration{bears("a")}, []corev1.Taint{taint("a", 10)}, 100, -1},
		{"borne for a time", []corev1.Toleration{bears("a", 300)}, []corev1.Taint{taint("a", 10)}, 100, 290 * time.Second},
		{"for no time at all", []corev1.Toleration{bears("a", -5)}, []corev1.Taint{taint("a", 0)}, 100, 0},
		{"another is not borne", []corev1.Toleration{bears("a")}, []corev1.Taint{taint("a", 10), taint("b", 10)}, 100, 0},
		{"the shorter time counts", []corev1.Toleration{bears("a", 300), bears("b", 60)}, []corev1.Taint{taint("a", 10), taint("b", 20)}, 100, 40 * time.Second},
		{"one for ever, one for a time", []corev1.Toleration{bears("a"), bears("b", 60)}, []corev1.Taint{taint("a", 10), taint("b", 20)}, 100, 40 * time.Second},
		{"a pod that came after the taint", []corev1.Toleration{bears("a", 60)}, []corev1.Taint{taint("a", 1000)}, 10, 50 * time.Second},
		{"the first toleration counts", []corev1.Toleration{bears("a", 60), bears("a")}, []corev1.Taint{taint("a", 0)}, 10, 60 * time.Second},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{CreationTimestamp: *ago(c.bound + 50)}, Spec: corev1.PodSpec{Tolerations: c.tolerations},
			Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: *ago(c.bound)}}}}
		due, leaves := Due(pod, c.taints, now)
		switch {
		case leaves != (c.want >= 0):
			t.Errorf("%s: leaves %v", c.name, leaves)
		case leaves && due.Sub(now) != c.want:
			t.Errorf("%s: in %v, want %v", c.name, due.Sub(now), c.want)
		}
	}
}

func TestTimed(t *testing.T) {
	known := (&memory{}).of("n")
	untimed := []corev1.Taint{{Key: "a"}, {Key: "b", TimeAdded: ago(100)}}
	known.timed(untimed, now)
	later := known.timed(untimed, now.Add(time.Minute))
	if !later[0].TimeAdded.Time.Equal(now) || !later[1].TimeAdded.Equal(ago(100)) {
		t.Errorf("times are %v and %v", later[0].TimeAdded, later[1].TimeAdded)
	}
	known.timed(nil, now)
	if again := known.timed(untimed, now.Add(time.Hour)); !again[0].TimeAdded.Time.Equal(now.Add(time.Hour)) {
		t.Errorf("a taint that was taken off and put on again counts anew: %v", again[0].TimeAdded)
	}
}
