package taints

import (
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
)

func TestFilterAndScore(t *testing.T) {
	s := rulestest.Snapshot([]*corev1.Node{
		rulestest.Node(t, "n1", "{spec: {taints: [{key: a, effect: NoSchedule}, {key: b, effect: NoExecute}]}}"),
		rulestest.Node(t, "n2", "{spec: {taints: [{key: a, effect: PreferNoSchedule}, {key: b, effect: PreferNoSchedule}]}}"),
		rulestest.Node(t, "n3", "{spec: {taints: [{key: a, effect: PreferNoSchedule}]}}"),
	})
	const refused = "n1: node(s) had untolerated taint(s)"
	for _, c := range []struct{ spec, refused, scores string }{
		{"{}", refused, "n1=100 n2=0 n3=50"},
		{"{spec: {tolerations: [{key: a, operator: Exists}]}}", refused, "n1=100 n2=0 n3=100"},
		{"{spec: {tolerations: [{key: a, operator: Exists, effect: NoSchedule}, {key: b, operator: Exists, effect: NoExecute}]}}", "", "n1=100 n2=0 n3=50"},
		{"{spec: {tolerations: [{operator: Exists}]}}", "", "n1=100 n2=100 n3=100"},
	} {
		p := rulestest.Pod(t, "p", c.spec)
		if got := rulestest.Refused(Rule(), p, s); got != c.refused {
			t.Errorf("%s: refused %q, want %q", c.spec, got, c.refused)
		}
		if got := rulestest.Scores(Rule(), p, s); got != c.scores {
			t.Errorf("%s: scores %q, want %q", c.spec, got, c.scores)
		}
	}
	s = rulestest.Snapshot([]*corev1.Node{rulestest.Node(t, "n1", "{}")})
	if got := rulestest.Scores(Rule(), rulestest.Pod(t, "p", "{}"), s); got != "" {
		t.Errorf("without taints: %q", got)
	}
}
