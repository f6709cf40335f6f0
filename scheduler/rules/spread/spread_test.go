package spread

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

// four nodes in two zones, and one in none.
func nodes(t *testing.T) []*corev1.Node {
	return []*corev1.Node{
		rulestest.Node(t, "a1", "{metadata: {labels: {zone: a, disk: ssd}}}"), rulestest.Node(t, "a2", "{metadata: {labels: {zone: a}}}"),
		rulestest.Node(t, "b1", "{metadata: {labels: {zone: b, disk: ssd}}, spec: {taints: [{key: t, effect: NoSchedule}]}}"),
		rulestest.Node(t, "b2", "{metadata: {labels: {zone: b}}, spec: {taints: [{key: t, effect: NoSchedule}]}}"),
		rulestest.Node(t, "x", "{}"),
	}
}

// placed puts pods of the app web on nodes: "a1 a1 b2".
func placed(t *testing.T, where string) (pods []*corev1.Pod) {
	for i, node := range strings.Fields(where) {
		pods = append(pods, rulestest.Pod(t, fmt.Sprint("there-", i), "{metadata: {labels: {app: web}}, spec: {nodeName: "+node+"}}"))
	}
	return pods
}

const base = "topologyKey: zone, maxSkew: 1, labelSelector: {matchLabels: {app: web}}, "

func TestFilter(t *testing.T) {
	const hard = base + "whenUnsatisfiable: DoNotSchedule"
	for _, c := range []struct {
		name, on, constraints, more string
		refused                     string // nodes; x! where the label is missing
	}{
		{"nobody there", "", "{" + hard + "}", "", "x!"},
		{"even", "a1 b1", "{" + hard + "}", "", "x!"},
		{"one more in a", "a1", "{" + hard + "}", "", "a1 a2 x!"},
		{"skew of two allowed", "a1", "{topologyKey: zone, maxSkew: 2, labelSelector: {matchLabels: {app: web}}, whenUnsatisfiable: DoNotSchedule}", "", "x!"},
		{"pods of no zone do not count", "x x x", "{" + hard + "}", "", "x!"},
		{"too few domains count as an empty one", "a1 b1", "{" + hard + ", minDomains: 3}", "", "a1 a2 b1 b2 x!"},
		{"a pod that does not match itself adds nothing", "a1", "{topologyKey: zone, maxSkew: 1, labelSelector: {matchLabels: {app: web}}, whenUnsatisfiable: DoNotSchedule}", "metadata: {labels: {app: other}}, ", "x!"},
		{"nodes that the pod may not use do not count", "a1 b1", "{" + hard + "}", "spec: nodeSelector: {zone: a}", "x!"},
		{"unless that is to be ignored", "a1", "{" + hard + ", nodeAffinityPolicy: Ignore}", "spec: nodeSelector: {zone: a}", "a1 a2 x!"},
		{"nodes that the pod may not use, within zones", "a2 a2 b1", "{" + hard + "}", "spec: nodeSelector: {disk: ssd}", "b1 b2 x!"},
		{"taints are ignored", "a1", "{" + hard + "}", "", "a1 a2 x!"},
		{"unless they are to be honoured", "a1 a1", "{" + hard + ", nodeTaintsPolicy: Honor}", "", "x!"},
		{"zones and hosts", "a1 b1", "{" + hard + "}, {topologyKey: kubernetes.io/hostname, maxSkew: 1, labelSelector: {matchLabels: {app: web}}, whenUnsatisfiable: DoNotSchedule}", "", "a1 b1 x!"},
		{"wishes refuse nothing", "a1 a1", "{" + base + "whenUnsatisfiable: ScheduleAnyway}", "", ""},
	} {
		metadata, spec := "metadata: {labels: {app: web}}, ", ""
		if strings.HasPrefix(c.more, "metadata") {
			metadata = c.more
		} else if c.more != "" {
			spec = strings.TrimPrefix(c.more, "spec: ") + ", "
		}
		p := rulestest.Pod(t, "p", "{"+metadata+"spec: {"+spec+"topologySpreadConstraints: ["+c.constraints+"]}}")
		got := rulestest.Refused(Rule(), p, rulestest.Snapshot(nodes(t), placed(t, c.on)...))
		got = strings.ReplaceAll(got, ": node(s) didn't match pod topology spread constraints (missing required label)", "!")
		got = strings.ReplaceAll(strings.ReplaceAll(got, ": node(s) didn't match pod topology spread constraints", ""), ";", "")
		if !sameWords(got, c.refused) {
			t.Errorf("%s: refuses %q, want %q", c.name, got, c.refused)
		}
	}
}

func sameWords(a, b string) bool {
	count := map[string]int{}
	for _, w := range strings.Fields(a) {
		count[w]++
	}
	for _, w := range strings.Fields(b) {
		count[w]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestPodsThatGoDoNotCount(t *testing.T) {
	there := placed(t, "a1")
	now := there[0].CreationTimestamp
	there[0].DeletionTimestamp = &now
	p := rulestest.Pod(t, "p", "{metadata: {labels: {app: web}}, spec: {topologySpreadConstraints: [{"+base+"whenUnsatisfiable: DoNotSchedule}]}}")
	if got := rulestest.Refused(Rule(), p, rulestest.Snapshot(nodes(t)[:4], there...)); got != "" {
		t.Error(got)
	}
}

func TestScore(t *testing.T) {
	p := rulestest.Pod(t, "p", "{metadata: {labels: {app: web}}, spec: {topologySpreadConstraints: [{"+base+"whenUnsatisfiable: ScheduleAnyway}]}}")
	for on, want := range map[string]string{
		"":            "a1=100 a2=100 b1=100 b2=100 x=0",
		"a1 a1 b1":    "a1=33 a2=33 b1=100 b2=100 x=0",
		"a1 a2 a1 a2": "a1=0 a2=0 b1=100 b2=100 x=0",
	} {
		s := rulestest.Snapshot(nodes(t), placed(t, on)...)
		if got := rulestest.Scores(Rule(), p, s); !sameWords(got, want) {
			t.Errorf("with pods on %q: %s, want %s", on, got, want)
		}
	}
}

func TestHelps(t *testing.T) {
	s := rulestest.Snapshot(nodes(t))
	p := snapshot.NewPod(rulestest.Pod(t, "p", "{metadata: {labels: {app: web}}, spec: {topologySpreadConstraints: [{"+base+"whenUnsatisfiable: DoNotSchedule}]}}"))
	web := snapshot.NewPod(rulestest.Pod(t, "w", "{metadata: {labels: {app: web}}}"))
	other := snapshot.NewPod(rulestest.Pod(t, "w", "{metadata: {labels: {app: other}}}"))
	for _, c := range []struct {
		event rules.Event
		want  bool
	}{
		{rules.Event{New: web}, true},
		{rules.Event{Old: web}, true},
		{rules.Event{Old: web, New: web}, false},
		{rules.Event{Old: other, New: web}, true},
		{rules.Event{New: other}, false},
	} {
		if got := helps(p, s, c.event); got != c.want {
			t.Errorf("%+v: %v", c.event, got)
		}
	}
}
