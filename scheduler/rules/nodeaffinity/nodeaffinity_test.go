package nodeaffinity

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

func nodes(t *testing.T) *snapshot.Snapshot {
	return rulestest.Snapshot([]*corev1.Node{
		rulestest.Node(t, "n1", `{metadata: {labels: {disk: ssd, cpus: "8"}}}`),
		rulestest.Node(t, "n2", `{metadata: {labels: {disk: tape, cpus: "16"}}}`),
		rulestest.Node(t, "n3", "{}"),
	})
}

func required(terms string) string {
	return "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [" + terms + "]}}}}"
}

func TestFilter(t *testing.T) {
	s := nodes(t)
	for _, c := range []struct {
		name, spec string
		suits      []string
	}{
		{"nothing said", "{}", []string{"n1", "n2", "n3"}},
		{"selector", "{nodeSelector: {disk: ssd}}", []string{"n1"}},
		{"selector of two", `{nodeSelector: {disk: ssd, cpus: "16"}}`, nil},
		{"In", required("{matchExpressions: [{key: disk, operator: In, values: [ssd, tape]}]}"), []string{"n1", "n2"}},
		{"NotIn", required("{matchExpressions: [{key: disk, operator: NotIn, values: [ssd]}]}"), []string{"n2", "n3"}},
		{"Exists", required("{matchExpressions: [{key: disk, operator: Exists}]}"), []string{"n1", "n2"}},
		{"DoesNotExist", required("{matchExpressions: [{key: disk, operator: DoesNotExist}]}"), []string{"n3"}},
		{"Gt", required(`{matchExpressions: [{key: cpus, operator: Gt, values: ["8"]}]}`), []string{"n2"}},
		{"Lt", required(`{matchExpressions: [{key: cpus, operator: Lt, values: ["9"]}]}`), []string{"n1"}},
		{"terms are alternatives", required("{matchExpressions: [{key: disk, operator: In, values: [ssd]}]}, {matchFields: [{key: metadata.name, operator: In, values: [n3]}]}"), []string{"n1", "n3"}},
		{"by name", required("{matchFields: [{key: metadata.name, operator: In, values: [n2]}]}"), []string{"n2"}},
		{"not by name", required("{matchFields: [{key: metadata.name, operator: NotIn, values: [n2]}]}"), []string{"n1", "n3"}},
		{"an empty term", required("{}"), nil},
		{"selector and affinity", "{nodeSelector: {disk: ssd}, affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: cpus, operator: Exists}]}]}}}}", []string{"n1"}},
	} {
		f := Rule().Filter(snapshot.NewPod(rulestest.Pod(t, "p", "{spec: "+c.spec+"}")), s)
		var suits []string
		for _, n := range s.Nodes() {
			if f.Check == nil || f.Check(n) == 0 {
				suits = append(suits, n.Name)
			}
		}
		if !slices.Equal(suits, c.suits) {
			t.Errorf("%s: suits %v, want %v", c.name, suits, c.suits)
		}
	}
	if got := rulestest.Refused(Rule(), rulestest.Pod(t, "p", "{spec: {nodeSelector: {disk: ssd, cpus: '8'}}}"), s); got != "n2: node(s) didn't match Pod's node affinity/selector; n3: node(s) didn't match Pod's node affinity/selector" {
		t.Error(got)
	}
}

func TestOnlyNamedNodesAreLookedAt(t *testing.T) {
	for _, c := range []struct {
		name, spec, impossible string
		only                   []string
	}{
		{"one", required("{matchFields: [{key: metadata.name, operator: In, values: [n2]}]}"), "", []string{"n2"}},
		{"alternatives", required("{matchFields: [{key: metadata.name, operator: In, values: [n2]}]}, {matchFields: [{key: metadata.name, operator: In, values: [n1]}]}"), "", []string{"n2", "n1"}},
		{"one alternative is open", required("{matchFields: [{key: metadata.name, operator: In, values: [n2]}]}, {matchExpressions: [{key: disk, operator: Exists}]}"), "", nil},
		{"two at once", required("{matchFields: [{key: metadata.name, operator: In, values: [n2]}, {key: metadata.name, operator: In, values: [n1]}]}"), "pod affinity terms conflict", nil},
	} {
		f := Rule().Filter(snapshot.NewPod(rulestest.Pod(t, "p", "{spec: "+c.spec+"}")), nodes(t))
		if !slices.Equal(f.Only, c.only) || f.Impossible != c.impossible {
			t.Errorf("%s: only %v, impossible %q; want %v, %q", c.name, f.Only, f.Impossible, c.only, c.impossible)
		}
	}
}

func TestScore(t *testing.T) {
	p := rulestest.Pod(t, "p", `{spec: {affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [
		{weight: 10, preference: {matchExpressions: [{key: disk, operator: Exists}]}},
		{weight: 30, preference: {matchExpressions: [{key: cpus, operator: Gt, values: ["8"]}]}}]}}}}`)
	if got := rulestest.Scores(Rule(), p, nodes(t)); got != "n1=25 n2=100 n3=0" {
		t.Error(got)
	}
}
