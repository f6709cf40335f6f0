package cordon

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestFilter(t *testing.T) {
	s := rulestest.Snapshot([]*corev1.Node{rulestest.Node(t, "n1", "{spec: {unschedulable: true}}"), rulestest.Node(t, "n2", "{}")})
	for spec, want := range map[string]string{
		"{}": "n1: node(s) were unschedulable",
		"{spec: {tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists}]}}":                    "",
		"{spec: {tolerations: [{key: node.kubernetes.io/unschedulable, operator: Exists, effect: NoExecute}]}}": "n1: node(s) were unschedulable",
		"{spec: {tolerations: [{operator: Exists}]}}":                                                           "",
	} {
		if got := rulestest.Refused(Rule(), rulestest.Pod(t, "p", spec), s); got != want {
			t.Errorf("%s: %q, want %q", spec, got, want)
		}
	}
}
