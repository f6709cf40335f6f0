package balance

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestScore(t *testing.T) {
	nodes := []*corev1.Node{
		rulestest.Node(t, "even", `{status: {allocatable: {cpu: "4", memory: 4Gi}}}`),
		rulestest.Node(t, "odd", `{status: {allocatable: {cpu: "4", memory: 4Gi}}}`),
		rulestest.Node(t, "small", `{status: {allocatable: {cpu: "1", memory: 8Gi}}}`),
	}
	s := rulestest.Snapshot(nodes, rulestest.Pod(t, "there", `{spec: {nodeName: odd, containers: [{name: c, resources: {requests: {memory: 2Gi}}}]}}`))
	want := rulestest.Pod(t, "p", `{spec: {containers: [{name: c, resources: {requests: {cpu: "1", memory: 1Gi}}}]}}`)
	if got := rulestest.Scores(Rule(), want, s); got != "even=100 odd=75 small=56" {
		t.Error(got)
	}
	if got := rulestest.Scores(Rule(), rulestest.Pod(t, "nothing", "{}"), s); got != "" {
		t.Errorf("a pod that asks for nothing: %s", got)
	}
}
