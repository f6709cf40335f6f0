package resourcequota

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func amounts(pairs ...string) corev1.ResourceList {
	list := corev1.ResourceList{}
	for i := 0; i < len(pairs); i += 2 {
		list[corev1.ResourceName(pairs[i])] = resource.MustParse(pairs[i+1])
	}
	return list
}

func TestDecide(t *testing.T) {
	pod := func(cpu string, phase corev1.PodPhase) *corev1.Pod {
		return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Requests: amounts("cpu", cpu)}}}}, Status: corev1.PodStatus{Phase: phase}}
	}
	there := map[schema.GroupResource][]metav1.Object{
		{Resource: "pods"}:                       {pod("200m", corev1.PodRunning), pod("1", corev1.PodSucceeded), pod("300m", corev1.PodPending)},
		{Resource: "configmaps"}:                 {&corev1.ConfigMap{}},
		{Group: "example.com", Resource: "cars"}: {&corev1.ConfigMap{}, &corev1.ConfigMap{}},
	}
	resources := []schema.GroupResource{{Resource: "pods"}, {Resource: "configmaps"}, {Group: "example.com", Resource: "cars"}, {Resource: "secrets"}}
	objects := func(gr schema.GroupResource) []metav1.Object { return there[gr] }
	for _, c := range []struct {
		name       string
		hard, want corev1.ResourceList
	}{
		{"pods that run", amounts("pods", "5", "requests.cpu", "1"), amounts("pods", "2", "requests.cpu", "500m")},
		{"all pods as objects", amounts("count/pods", "5"), amounts("count/pods", "3")},
		{"anybody's objects", amounts("count/cars.example.com", "5"), amounts("count/cars.example.com", "2")},
		{"none yet", amounts("secrets", "5"), amounts("secrets", "0")},
		{"what nobody has", amounts("count/ships.example.com", "5", "configmaps", "1"), amounts("configmaps", "1")},
	} {
		q := &corev1.ResourceQuota{Spec: corev1.ResourceQuotaSpec{Hard: c.hard}}
		got := Decide(q, resources, objects)
		if got == nil {
			t.Fatalf("%s: nothing to write", c.name)
		}
		if len(got.Status.Used) != len(c.want) || len(got.Status.Hard) != len(c.hard) {
			t.Errorf("%s: got %v", c.name, got.Status)
		}
		for name, want := range c.want {
			if used := got.Status.Used[name]; used.Cmp(want) != 0 {
				t.Errorf("%s: %s of %s are used, want %s", c.name, used.String(), name, want.String())
			}
		}
		if again := Decide(got, resources, objects); again != nil {
			t.Errorf("%s: it is not content with what it wrote", c.name)
		}
	}
}

func TestLowers(t *testing.T) {
	status := func(used corev1.ResourceList) *corev1.ResourceQuota {
		return &corev1.ResourceQuota{Status: corev1.ResourceQuotaStatus{Used: used}}
	}
	if lowers(status(amounts("pods", "2", "secrets", "1")), status(amounts("pods", "1"))) || !lowers(status(amounts("pods", "0")), status(amounts("pods", "1"))) {
		t.Error("less is lower, more and something new are not")
	}
}
