package workloads

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func template(image string) *corev1.PodTemplateSpec {
	return &corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "a", "tier": "b"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: image}}},
	}
}

// A changed value here would make every deployment of a cluster roll when it is upgraded.
func TestTemplateHashIsStable(t *testing.T) {
	if got, want := TemplateHash(template("web:1"), nil), "6b49db5dd5"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestTemplateHashTellsApart(t *testing.T) {
	zero, one := int32(0), int32(1)
	seen := map[string]string{}
	for name, hash := range map[string]string{
		"plain":         TemplateHash(template("web:1"), nil),
		"other image":   TemplateHash(template("web:2"), nil),
		"no collisions": TemplateHash(template("web:1"), &zero),
		"one collision": TemplateHash(template("web:1"), &one),
	} {
		if other, ok := seen[hash]; ok {
			t.Errorf("%s and %s have the same hash %s", name, other, hash)
		}
		seen[hash] = name
	}
}

func TestSameTemplate(t *testing.T) {
	labelled := template("web:1")
	labelled.Labels[appsv1.DefaultDeploymentUniqueLabelKey] = "x"
	if !SameTemplate(template("web:1"), labelled) {
		t.Error("the hash label alone makes no difference")
	}
	if labelled.Labels[appsv1.DefaultDeploymentUniqueLabelKey] != "x" {
		t.Error("the argument was changed")
	}
	if SameTemplate(template("web:1"), template("web:2")) {
		t.Error("another image makes another template")
	}
}

func TestDeploymentBounds(t *testing.T) {
	percent, count := intstr.FromString, intstr.FromInt32
	for _, c := range []struct {
		name               string
		surge, unavailable intstr.IntOrString
		wanted             int32
		above, below       int32
	}{
		{"above rounds up, below down", percent("25%"), percent("25%"), 10, 3, 2},
		{"one pod", percent("25%"), percent("25%"), 1, 1, 0},
		{"counts", count(2), count(1), 3, 2, 1},
		{"neither may be zero", percent("0%"), percent("1%"), 3, 0, 1},
		{"no more may be missing than there are", count(1), count(5), 2, 1, 2},
	} {
		d := &appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &c.wanted, Strategy: appsv1.DeploymentStrategy{
			Type:          appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &c.surge, MaxUnavailable: &c.unavailable},
		}}}
		above, below, err := DeploymentBounds(d)
		if err != nil || above != c.above || below != c.below {
			t.Errorf("%s: +%d -%d (%v), want +%d -%d", c.name, above, below, err, c.above, c.below)
		}
	}
	if _, _, err := Bounds(new(percent("many")), nil, 1); err == nil {
		t.Error("a broken percentage is an error")
	}
}
