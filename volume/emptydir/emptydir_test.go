package emptydir

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

func pod(limits, requests corev1.ResourceList) *corev1.Pod {
	return &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Resources: corev1.ResourceRequirements{Limits: limits, Requests: requests}}}}}
}

func list(name, amount string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceName(name): resource.MustParse(amount)}
}

func TestSize(t *testing.T) {
	small := resource.MustParse("1Mi")
	for _, c := range []struct {
		name  string
		limit *resource.Quantity
		pod   *corev1.Pod
		want  string
	}{
		{"nothing said", nil, pod(nil, nil), ""},
		{"its own", &small, pod(nil, nil), "size=1048576"},
		{"its own is less", &small, pod(list("memory", "4Mi"), nil), "size=1048576"},
		{"the containers' memory", nil, pod(list("memory", "4Mi"), nil), "size=4194304"},
		{"the containers have less", &small, pod(list("memory", "512Ki"), nil), "size=524288"},
	} {
		if got := size(&corev1.EmptyDirVolumeSource{SizeLimit: c.limit}, c.pod); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestPageSize(t *testing.T) {
	two := pod(nil, list("hugepages-2Mi", "4Mi"))
	mixed := pod(nil, corev1.ResourceList{"hugepages-2Mi": resource.MustParse("4Mi"), "hugepages-1Gi": resource.MustParse("1Gi")})
	for _, c := range []struct {
		name   string
		medium corev1.StorageMedium
		pod    *corev1.Pod
		want   int64
	}{
		{"named", "HugePages-1Gi", two, 1 << 30},
		{"the only one", "HugePages", two, 2 << 20},
		{"two", "HugePages", mixed, 0},
		{"none", "HugePages", pod(nil, nil), 0},
		{"no size", "HugePages-x", two, 0},
	} {
		if got, err := pageSize(c.medium, c.pod); got != c.want || (err == nil) != (c.want > 0) {
			t.Errorf("%s: %d, %v; want %d", c.name, got, err, c.want)
		}
	}
}
