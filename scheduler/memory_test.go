package scheduler

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/snapshot"
)

func entry(name string, edits ...func(*corev1.Pod)) *queue.Entry {
	p := newPod(name, "1", edits...)
	p.UID = types.UID(name)
	return &queue.Entry{Pod: snapshot.NewPod(p)}
}

func TestMemory(t *testing.T) {
	s := snapshot.New()
	s.SetNode(newNode("n1"))
	s.Place(snapshot.NewPod(entry("there").Pod.Object), "n1")
	var m memory
	alone, near := entry("a"), entry("b", awayFromEachOther)
	knows := func(what string, wantAlone, wantNear bool) {
		t.Helper()
		if _, ok := m.recall(entry("another"), s); ok != wantAlone {
			t.Errorf("%s: of an equal pod it knows %v, want %v", what, ok, wantAlone)
		}
		if _, ok := m.recall(entry("another", awayFromEachOther), s); ok != wantNear {
			t.Errorf("%s: of an equal pod that minds others it knows %v, want %v", what, ok, wantNear)
		}
	}
	remember := func() {
		knows("before", false, false)
		m.remember(alone, &decide.Refusal{})
		m.remember(near, &decide.Refusal{})
		knows("at once", true, true)
	}
	remember()
	s.Place(entry("more").Pod, "n1")
	knows("after a pod came", true, false)
	s.Remove("more")
	remember()
	s.SetNode(newNode("n1", tainted("a")))
	remember()
	s.SetNode(newNode("n2"))
	knows("after a node came", false, false)
}

func TestClassTellsPodsApart(t *testing.T) {
	same := class(entry("a").Pod)
	if class(entry("b", func(p *corev1.Pod) {
		p.Spec.Containers[0].Image = "another"
		p.Annotations = map[string]string{"a": "b"}
	}).Pod) != same {
		t.Error("the image and annotations make another class")
	}
	for what, edit := range map[string]func(*corev1.Pod){
		"request": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("2")
		},
		"special": func(p *corev1.Pod) {
			p.Spec.Containers[0].Resources.Requests["example.com/gpu"] = resource.MustParse("2")
		},
		"namespace":  func(p *corev1.Pod) { p.Namespace = "other" },
		"label":      func(p *corev1.Pod) { p.Labels["app"] = "other" },
		"selector":   func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{"a": "b"} },
		"affinity":   awayFromEachOther,
		"spread":     spreadOverZones,
		"toleration": func(p *corev1.Pod) { p.Spec.Tolerations = []corev1.Toleration{{Operator: corev1.TolerationOpExists}} },
		"port":       func(p *corev1.Pod) { p.Spec.Containers[0].Ports = []corev1.ContainerPort{{HostPort: 80}} },
		"volume": func(p *corev1.Pod) {
			p.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{}}}}
		},
	} {
		if class(entry("b", edit).Pod) == same {
			t.Errorf("%s: the same class", what)
		}
	}
}
