package scheduler

import (
	"testing"

	"argosy.dev/scheduler/decide"
	"argosy.dev/scheduler/queue"
	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

const (
	metadata = "metadata: {labels: {app: web}}"
	requests = "containers: [{name: c, image: i, resources: {requests: {cpu: '1'}}}]"
	apart    = "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {}}]}}"
)

func entry(t *testing.T, name, pod string) *queue.Entry {
	return &queue.Entry{Pod: snapshot.NewPod(rulestest.Pod(t, name, pod))}
}

func TestMemory(t *testing.T) {
	const alone, near = "{" + metadata + ", spec: {" + requests + "}}", "{" + metadata + ", spec: {" + requests + ", " + apart + "}}"
	s := snapshot.New()
	s.SetNode(rulestest.Node(t, "n1", "{}"))
	var m memory
	knows := func(what string, wantAlone, wantNear bool) {
		t.Helper()
		if _, ok := m.recall(entry(t, "another", alone), s); ok != wantAlone {
			t.Errorf("%s: of an equal pod it knows %v, want %v", what, ok, wantAlone)
		}
		if _, ok := m.recall(entry(t, "another", near), s); ok != wantNear {
			t.Errorf("%s: of an equal pod that minds others it knows %v, want %v", what, ok, wantNear)
		}
	}
	remember := func() {
		t.Helper()
		knows("before", false, false)
		m.remember(entry(t, "a", alone), &decide.Refusal{})
		m.remember(entry(t, "b", near), &decide.Refusal{})
		knows("at once", true, true)
	}
	remember()
	s.Place(entry(t, "more", alone).Pod, "n1")
	knows("after a pod came", true, false)
	s.Remove("more")
	remember()
	s.SetNode(rulestest.Node(t, "n1", "{spec: {taints: [{key: a, effect: NoSchedule}]}}"))
	remember()
	s.SetNode(rulestest.Node(t, "n2", "{}"))
	knows("after a node came", false, false)
}

func TestClassTellsPodsApart(t *testing.T) {
	of := func(pod string) string { return class(entry(t, "p", pod).Pod) }
	same := of("{" + metadata + ", spec: {" + requests + "}}")
	if of("{metadata: {labels: {app: web}, annotations: {a: b}}, spec: {containers: [{name: other, image: j, resources: {requests: {cpu: 1000m}}}]}}") != same {
		t.Error("names, images and annotations make another class")
	}
	for what, pod := range map[string]string{
		"request":    "{" + metadata + ", spec: {containers: [{name: c, resources: {requests: {cpu: '2'}}}]}}",
		"special":    "{" + metadata + ", spec: {containers: [{name: c, resources: {requests: {cpu: '1', example.com/gpu: '1'}}}]}}",
		"port":       "{" + metadata + ", spec: {containers: [{name: c, resources: {requests: {cpu: '1'}}, ports: [{hostPort: 80}]}]}}",
		"namespace":  "{metadata: {labels: {app: web}, namespace: other}, spec: {" + requests + "}}",
		"label":      "{metadata: {labels: {app: other}}, spec: {" + requests + "}}",
		"selector":   "{" + metadata + ", spec: {" + requests + ", nodeSelector: {a: b}}}",
		"affinity":   "{" + metadata + ", spec: {" + requests + ", " + apart + "}}",
		"spread":     "{" + metadata + ", spec: {" + requests + ", topologySpreadConstraints: [{topologyKey: zone, maxSkew: 1}]}}",
		"toleration": "{" + metadata + ", spec: {" + requests + ", tolerations: [{operator: Exists}]}}",
		"volume":     "{" + metadata + ", spec: {" + requests + ", volumes: [{name: v, persistentVolumeClaim: {claimName: c}}]}}",
		"claim":      "{" + metadata + ", spec: {" + requests + ", resourceClaims: [{name: c}]}}",
	} {
		if of(pod) == same {
			t.Errorf("%s: the same class", what)
		}
	}
}
