package pods

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func list(cpu, memory string) corev1.ResourceList {
	l := corev1.ResourceList{}
	if cpu != "" {
		l[corev1.ResourceCPU] = resource.MustParse(cpu)
	}
	if memory != "" {
		l[corev1.ResourceMemory] = resource.MustParse(memory)
	}
	return l
}

func container(requests, limits corev1.ResourceList) corev1.Container {
	return corev1.Container{Resources: corev1.ResourceRequirements{Requests: requests, Limits: limits}}
}

func TestQOS(t *testing.T) {
	full := container(list("1", "1Gi"), list("1", "1Gi"))
	for _, c := range []struct {
		name string
		spec corev1.PodSpec
		want corev1.PodQOSClass
	}{
		{"nothing asked", corev1.PodSpec{Containers: []corev1.Container{container(nil, nil)}}, corev1.PodQOSBestEffort},
		{"zero is nothing", corev1.PodSpec{Containers: []corev1.Container{container(list("0", ""), nil)}}, corev1.PodQOSBestEffort},
		{"equal", corev1.PodSpec{Containers: []corev1.Container{full}}, corev1.PodQOSGuaranteed},
		{"limits alone", corev1.PodSpec{Containers: []corev1.Container{container(nil, list("1", "1Gi"))}}, corev1.PodQOSGuaranteed},
		{"memory alone", corev1.PodSpec{Containers: []corev1.Container{container(nil, list("", "1Gi"))}}, corev1.PodQOSBurstable},
		{"less than the limit", corev1.PodSpec{Containers: []corev1.Container{container(list("500m", "1Gi"), list("1", "1Gi"))}}, corev1.PodQOSBurstable},
		{"one asks, one does not", corev1.PodSpec{Containers: []corev1.Container{full, container(nil, nil)}}, corev1.PodQOSBurstable},
		{"init containers count", corev1.PodSpec{Containers: []corev1.Container{full}, InitContainers: []corev1.Container{container(nil, nil)}}, corev1.PodQOSBurstable},
		{"the pod as a whole", corev1.PodSpec{
			Resources:  &corev1.ResourceRequirements{Requests: list("1", "1Gi"), Limits: list("1", "1Gi")},
			Containers: []corev1.Container{container(nil, nil)},
		}, corev1.PodQOSGuaranteed},
	} {
		if got := QOS(&c.spec); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestRequests(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	sidecar := container(list("100m", ""), nil)
	sidecar.RestartPolicy = &always
	pod := &corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{sidecar, container(list("2", "10Mi"), nil)},
		Containers:     []corev1.Container{container(list("1", "100Mi"), nil), container(list("500m", "50Mi"), nil)},
		Overhead:       list("50m", ""),
	}}
	got := Requests(pod)
	// The second init container runs beside the sidecar: 2100m > 1600m, and the overhead comes on top.
	if cpu := got.Cpu().String(); cpu != "2150m" {
		t.Errorf("cpu %s, want 2150m", cpu)
	}
	if memory := got.Memory().String(); memory != "150Mi" {
		t.Errorf("memory %s, want 150Mi", memory)
	}
}

func TestAvailable(t *testing.T) {
	now := time.Unix(1000, 0)
	ready := func(since int64, status corev1.ConditionStatus) *corev1.Pod {
		return &corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{{
			Type: corev1.PodReady, Status: status, LastTransitionTime: metav1.Unix(since, 0),
		}}}}
	}
	for _, c := range []struct {
		name string
		pod  *corev1.Pod
		min  int32
		want bool
		wait time.Duration
	}{
		{"no condition", &corev1.Pod{}, 0, false, 0},
		{"not ready", ready(0, corev1.ConditionFalse), 0, false, 0},
		{"ready is enough", ready(1000, corev1.ConditionTrue), 0, true, 0},
		{"not long enough", ready(995, corev1.ConditionTrue), 10, false, 5 * time.Second},
		{"just long enough", ready(990, corev1.ConditionTrue), 10, true, 0},
	} {
		if got, wait := Available(c.pod, c.min, now); got != c.want || wait != c.wait {
			t.Errorf("%s: %v after %v, want %v after %v", c.name, got, wait, c.want, c.wait)
		}
	}
}

func TestSetCondition(t *testing.T) {
	var status corev1.PodStatus
	first, later := time.Unix(1000, 0), time.Unix(2000, 0)
	c := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionFalse, Reason: "A"}
	if !SetCondition(&status, c, first) || SetCondition(&status, c, later) {
		t.Fatal("want a change the first time only")
	}
	c.Reason = "B"
	if !SetCondition(&status, c, later) || !status.Conditions[0].LastTransitionTime.Time.Equal(first) {
		t.Fatal("a new reason is a change, but no transition")
	}
	c.Status = corev1.ConditionTrue
	if !SetCondition(&status, c, later) || !status.Conditions[0].LastTransitionTime.Time.Equal(later) || len(status.Conditions) != 1 {
		t.Fatal("a new status is a transition")
	}
}
