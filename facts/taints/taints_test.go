package taints

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestTolerates(t *testing.T) {
	taint := corev1.Taint{Key: "k", Value: "5", Effect: corev1.TaintEffectNoSchedule}
	for _, c := range []struct {
		name string
		t    corev1.Toleration
		want bool
	}{
		{"equal", corev1.Toleration{Key: "k", Value: "5", Effect: corev1.TaintEffectNoSchedule}, true},
		{"another value", corev1.Toleration{Key: "k", Value: "6", Operator: corev1.TolerationOpEqual}, false},
		{"another effect", corev1.Toleration{Key: "k", Value: "5", Effect: corev1.TaintEffectNoExecute}, false},
		{"exists", corev1.Toleration{Key: "k", Operator: corev1.TolerationOpExists}, true},
		{"everything", corev1.Toleration{Operator: corev1.TolerationOpExists}, true},
		{"another key", corev1.Toleration{Key: "j", Operator: corev1.TolerationOpExists}, false},
		{"less", corev1.Toleration{Key: "k", Operator: corev1.TolerationOpLt, Value: "6"}, true},
		{"not less", corev1.Toleration{Key: "k", Operator: corev1.TolerationOpLt, Value: "5"}, false},
		{"greater", corev1.Toleration{Key: "k", Operator: corev1.TolerationOpGt, Value: "4"}, true},
		{"no number", corev1.Toleration{Key: "k", Operator: corev1.TolerationOpGt, Value: "x"}, false},
		{"no such operator", corev1.Toleration{Key: "k", Operator: "Like", Value: "5"}, false},
	} {
		if got := Tolerates(&c.t, &taint); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestUntolerated(t *testing.T) {
	list := []corev1.Taint{
		{Key: "a", Effect: corev1.TaintEffectNoSchedule},
		{Key: "b", Effect: corev1.TaintEffectPreferNoSchedule},
		{Key: "c", Effect: corev1.TaintEffectNoExecute},
	}
	bears := []corev1.Toleration{{Key: "a", Operator: corev1.TolerationOpExists}}
	got, ok := Untolerated(list, bears, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)
	if !ok || got.Key != "c" {
		t.Fatalf("got %v, want the taint c", got)
	}
	if got, ok := Untolerated(list, bears, corev1.TaintEffectNoSchedule); ok {
		t.Fatalf("got %v, want none", got)
	}
}
