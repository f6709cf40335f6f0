package resize

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func cpu(s string) corev1.ResourceList {
	return corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(s)}
}

func pod(generation int64, request string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Generation: generation}, Spec: corev1.PodSpec{Containers: []corev1.Container{
		{Name: "a", Resources: corev1.ResourceRequirements{Requests: cpu(request)}}, {Name: "b"}}}}
}

func TestPromises(t *testing.T) {
	wish := pod(2, "2")
	if Recall(wish) != wish {
		t.Error("what was never told is not what is asked for")
	}
	wish.Status.ContainerStatuses = []corev1.ContainerStatus{
		{Name: "a", AllocatedResources: cpu("1"), Resources: &corev1.ResourceRequirements{Requests: cpu("1")}}, {Name: "b", Resources: &corev1.ResourceRequirements{}}}
	recalled := Recall(wish)
	if got := recalled.Spec.Containers[0].Resources.Requests.Cpu().String(); got != "1" {
		t.Errorf("recalled %s, want what the status says", got)
	}
	for _, promise := range []*corev1.Pod{recalled, pod(1, "1")} {
		if got := Apply(wish, promise).Spec.Containers[0].Resources.Requests.Cpu().String(); got != "1" {
			t.Errorf("applied %s, want the promise", got)
		}
	}
	if same := pod(3, "2"); Apply(wish, same) != wish {
		t.Error("a promise of the same is a change")
	}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct{ name, wish, want string }{
		{"it fits", "1", ""},
		{"not now", "2", "Deferred: Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"},
		{"never", "5", "Infeasible: Node didn't have enough capacity: cpu, requested: 5000, capacity: 4000"},
	} {
		got := ""
		if p := Decide(pod(2, c.wish), cpu("3"), cpu("4")); p != nil {
			got = p.Reason + ": " + p.Message
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
