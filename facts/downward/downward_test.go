package downward

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var pod = &corev1.Pod{
	ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "n", UID: "u", Labels: map[string]string{"b": "2", "a/x": `1"`}},
	Spec: corev1.PodSpec{NodeName: "node", Containers: []corev1.Container{{Name: "c", Resources: corev1.ResourceRequirements{
		Limits:   corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("64Mi")},
		Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1500m")},
	}}}},
	Status: corev1.PodStatus{PodIP: "10.0.0.1", PodIPs: []corev1.PodIP{{IP: "10.0.0.1"}, {IP: "fd::1"}}},
}

func TestField(t *testing.T) {
	for path, want := range map[string]string{
		"metadata.name": "p", "metadata.labels['a/x']": `1"`, "metadata.labels": "a/x=\"1\\\"\"\nb=\"2\"",
		"metadata.annotations['none']": "", "status.podIPs": "10.0.0.1,fd::1", "spec.nodeName": "node",
	} {
		if got, err := Field(pod, path); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", path, got, err, want)
		}
	}
	for _, path := range []string{"spec.containers", "metadata.name['x']", ""} {
		if got, err := Field(pod, path); err == nil {
			t.Errorf("%s: got %q, want an error", path, got)
		}
	}
}

func TestResource(t *testing.T) {
	node := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("4")}
	for _, c := range []struct{ name, divisor, want string }{
		{"limits.memory", "1Mi", "64"}, {"limits.memory", "0", "67108864"}, {"requests.cpu", "1", "2"}, {"requests.cpu", "1m", "1500"}, {"limits.cpu", "1", "4"},
	} {
		ref := &corev1.ResourceFieldSelector{Resource: c.name, Divisor: resource.MustParse(c.divisor)}
		if got, err := Resource(pod, "c", ref, node); err != nil || got != c.want {
			t.Errorf("%s / %s: %q, %v; want %q", c.name, c.divisor, got, err, c.want)
		}
	}
	if _, err := Resource(pod, "none", &corev1.ResourceFieldSelector{Resource: "limits.cpu"}, node); err == nil {
		t.Error("a container that is not there: want an error")
	}
}
