package fit

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestFilter(t *testing.T) {
	nodes := []*corev1.Node{rulestest.Node(t, "n1", `{status: {allocatable: {cpu: "2", memory: 2Gi, ephemeral-storage: 1Gi, example.com/gpu: "2", pods: "2"}}}`)}
	pod := func(requests string) *corev1.Pod {
		return rulestest.Pod(t, requests, "{spec: {nodeName: n1, containers: [{name: c, resources: {requests: {"+requests+"}}}]}}")
	}
	for _, c := range []struct {
		name string
		on   []*corev1.Pod
		want *corev1.Pod
		why  string
	}{
		{"an empty node, exactly full", nil, pod(`cpu: "2", memory: 2Gi`), ""},
		{"too much CPU", nil, pod("cpu: 2001m"), "n1: Insufficient cpu"},
		{"too much of two", nil, pod("cpu: 2001m, memory: 3Gi"), "n1: Insufficient cpu, Insufficient memory"},
		{"beside another", []*corev1.Pod{pod("cpu: 1500m")}, pod("cpu: 501m"), "n1: Insufficient cpu"},
		{"of storage", nil, pod("ephemeral-storage: 2Gi"), "n1: Insufficient ephemeral-storage"},
		{"of something special", []*corev1.Pod{pod(`example.com/gpu: "1"`)}, pod(`example.com/gpu: "2"`), "n1: Insufficient example.com/gpu"},
		{"of something that the node does not have", nil, pod(`example.com/disk: "1"`), "n1: Insufficient example.com/disk"},
		{"too many pods", []*corev1.Pod{pod(""), pod("cpu: 1m")}, pod("memory: 1Mi"), "n1: Too many pods"},
		{"a pod that asks for nothing, on an overdrawn node", []*corev1.Pod{pod("cpu: 9")}, pod(""), ""},
	} {
		if why := rulestest.Refused(Rule(), c.want, rulestest.Snapshot(nodes, c.on...)); why != c.why {
			t.Errorf("%s: %q, want %q", c.name, why, c.why)
		}
	}
}

func TestScore(t *testing.T) {
	nodes := []*corev1.Node{
		rulestest.Node(t, "n1", `{status: {allocatable: {cpu: "4", memory: 4Gi}}}`),
		rulestest.Node(t, "n2", `{status: {allocatable: {cpu: "4", memory: 4Gi}}}`),
		rulestest.Node(t, "n3", `{status: {allocatable: {cpu: "1", memory: 1Gi}}}`),
	}
	s := rulestest.Snapshot(nodes, rulestest.Pod(t, "there", `{spec: {nodeName: n1, containers: [{name: c, resources: {requests: {cpu: "2", memory: 1Gi}}}]}}`))
	want := rulestest.Pod(t, "p", `{spec: {containers: [{name: c, resources: {requests: {cpu: "1", memory: 1Gi}}}]}}`)
	if got := rulestest.Scores(Rule(), want, s); got != "n1=37 n2=75 n3=0" {
		t.Error(got)
	}
	// One that asks for nothing is spread too.
	if got := rulestest.Scores(Rule(), rulestest.Pod(t, "q", "{}"), s); got != "n1=58 n2=96 n3=85" {
		t.Error(got)
	}
}
