package node_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/facts/nodes"
	"argosy.dev/facts/pods"
	"argosy.dev/node/pressure"
)

// memory lets the machine have so much left of a GiB.
func (w *world) memory(left int64) {
	w.seen.Store(&pressure.Observations{pressure.Memory: {Available: left, Capacity: 1 << 30}})
}

// add makes one more pod of one container.
func (w *world) add(name string, edits ...func(*corev1.Pod)) {
	w.t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Spec: corev1.PodSpec{NodeName: "n",
		AutomountServiceAccountToken: new(false), Containers: []corev1.Container{{Name: name, Image: "i", ImagePullPolicy: corev1.PullIfNotPresent}}}}
	for _, edit := range edits {
		edit(pod)
	}
	if _, err := w.pods.Create(w.t.Context(), pod); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

func (w *world) named(name string) *corev1.Pod {
	w.t.Helper()
	pod, ok := w.pods.Get("default", name)
	if !ok {
		w.t.Fatalf("pod %s is gone", name)
	}
	return pod
}

func (w *world) condition(kind corev1.NodeConditionType) string {
	w.t.Helper()
	node, ok := client.Nodes(w.cluster).Get("", "n")
	if !ok {
		w.t.Fatal("there is no node")
	}
	c := nodes.Condition(&node.Status, kind)
	return string(c.Status) + " " + c.Reason
}

func asks(memory string) func(*corev1.Pod) {
	return func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse(memory)}
	}
}

// Pods end one after the other while memory is short, those first that take more than they asked for; the critical one stays.
func TestEvictionByMemory(t *testing.T) {
	inWorld(t, func(w *world) {
		w.use(map[string]uint64{"p": 90 << 20, "modest": 50 << 20, "vital": 500 << 20})
		w.run([]corev1.Container{{Name: "p"}})
		class := &schedulingv1.PriorityClass{ObjectMeta: metav1.ObjectMeta{Name: "system-node-critical"}, Value: 2000001000}
		if _, err := client.PriorityClasses(w.cluster).Create(w.t.Context(), class); err != nil {
			t.Fatal(err)
		}
		w.add("modest", asks("60Mi"))
		w.add("vital", func(p *corev1.Pod) { p.Spec.PriorityClassName = "system-node-critical" })
		w.stubborn["p"] = 5 * time.Second
		if got := w.condition(corev1.NodeMemoryPressure); got != "False KubeletHasSufficientMemory" {
			t.Errorf("before: %s", got)
		}
		w.memory(80 << 20)
		w.pass(10 * time.Second)
		if got := w.condition(corev1.NodeMemoryPressure); got != "True KubeletHasInsufficientMemory" {
			t.Errorf("under pressure: %s", got)
		}
		w.pass(3 * time.Second)
		evicted := w.pod()
		want := "The node was low on resource: memory. Threshold quantity: 100Mi, available: 80Mi. Container p was using 90Mi, request is 0, has larger consumption of memory. "
		if s := evicted.Status; s.Phase != corev1.PodFailed || s.Reason != "Evicted" || s.Message != want {
			t.Errorf("the pod that takes more than it asked for: %s %s %q", s.Phase, s.Reason, s.Message)
		}
		if c := pods.Condition(&evicted.Status, corev1.DisruptionTarget); c == nil || c.Reason != "TerminationByKubelet" {
			t.Errorf("its condition: %+v", c)
		}
		w.add("late")
		if s := w.named("late").Status; s.Phase != corev1.PodFailed || s.Reason != "Evicted" || s.Message != "Pod was rejected: The node had condition: [MemoryPressure]. " {
			t.Errorf("a pod that comes now: %s %s %q", s.Phase, s.Reason, s.Message)
		}
		if s := w.named("modest").Status; s.Phase != corev1.PodRunning {
			t.Errorf("the second pod is already %s", s.Phase)
		}
		w.pass(10 * time.Second)
		if s := w.named("modest").Status; s.Phase != corev1.PodFailed {
			t.Errorf("the second pod is still %s", s.Phase)
		}
		w.pass(time.Minute)
		if slices.ContainsFunc(w.history(), func(s string) bool { return strings.Contains(s, "stop vital") }) {
			t.Error("the critical pod was stopped")
		}
		w.memory(1 << 29)
		w.pass(4 * time.Minute)
		if got := w.condition(corev1.NodeMemoryPressure); got != "True KubeletHasInsufficientMemory" {
			t.Errorf("soon after: %s", got)
		}
		w.pass(2 * time.Minute)
		if got := w.condition(corev1.NodeMemoryPressure); got != "False KubeletHasSufficientMemory" {
			t.Errorf("later: %s", got)
		}
	})
}

// Where the disk is short, what nobody uses goes first, and is enough.
func TestDiskIsRelievedByImages(t *testing.T) {
	inWorld(t, func(w *world) {
		w.images.add("i", "old")
		w.run([]corev1.Container{{Name: "c"}})
		disk := func(percent int64) {
			w.seen.Store(&pressure.Observations{pressure.ImageFS: {Available: percent, Capacity: 100}})
		}
		w.images.removed = func(id string) {
			if id == "old" {
				disk(15)
			}
		}
		w.pass(8 * time.Minute) // images that have just come are spared
		disk(14)
		w.pass(20 * time.Second)
		if got := w.condition(corev1.NodeDiskPressure); got != "True KubeletHasDiskPressure" {
			t.Error(got)
		}
		if left := w.images.list(); !slices.Equal(left, []string{"i"}) {
			t.Errorf("there are %v, want the image that is used alone", left)
		}
		if s := w.pod().Status; s.Phase != corev1.PodRunning {
			t.Errorf("the pod is %s", s.Phase)
		}
		disk(14)
		w.pass(20 * time.Second)
		if s := w.pod().Status; s.Phase != corev1.PodFailed || !strings.HasPrefix(s.Message, "The node was low on resource: ephemeral-storage. Threshold quantity: 15, available: 14. Container c was using ") {
			t.Errorf("the pod is %s %q", s.Phase, s.Message)
		}
	})
}
