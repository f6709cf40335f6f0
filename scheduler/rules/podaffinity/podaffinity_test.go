package podaffinity

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

func nodes(t *testing.T) []*corev1.Node {
	return []*corev1.Node{
		rulestest.Node(t, "a1", "{metadata: {labels: {zone: a}}}"), rulestest.Node(t, "a2", "{metadata: {labels: {zone: a}}}"),
		rulestest.Node(t, "b1", "{metadata: {labels: {zone: b}}}"), rulestest.Node(t, "x", "{}"),
	}
}

// affinity is a spec with one term about pods of an app.
func affinity(kind, app, key, more string) string {
	return kind + ": {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: " + key + ", labelSelector: {matchLabels: {app: " + app + "}}" + more + "}]}"
}

func pod(t *testing.T, name, app, node, namespace, affinities string) *corev1.Pod {
	return rulestest.Pod(t, name, "{metadata: {namespace: "+namespace+", labels: {app: "+app+", name: "+name+"}}, spec: {nodeName: '"+node+"', affinity: {"+affinities+"}}}")
}

const (
	near  = ": node(s) didn't match pod affinity rules"
	far   = ": node(s) didn't match pod anti-affinity rules"
	liked = ": node(s) didn't satisfy existing pods anti-affinity rules"
)

func TestFilter(t *testing.T) {
	db := pod(t, "db", "db", "a1", "default", "")
	for _, c := range []struct {
		name    string
		on      []*corev1.Pod
		want    *corev1.Pod
		refused string
	}{
		{"near a pod of its zone", []*corev1.Pod{db}, pod(t, "p", "web", "", "default", affinity("podAffinity", "db", "zone", "")), "b1" + near + "; x" + near},
		{"near nobody", nil, pod(t, "p", "web", "", "default", affinity("podAffinity", "db", "zone", "")), "a1" + near + "; a2" + near + "; b1" + near + "; x" + near},
		{"the first of its group", []*corev1.Pod{db}, pod(t, "p", "web", "", "default", affinity("podAffinity", "web", "zone", "")), "x" + near},
		{"another namespace", []*corev1.Pod{db}, pod(t, "p", "web", "", "other", affinity("podAffinity", "db", "zone", "")), "a1" + near + "; a2" + near + "; b1" + near + "; x" + near},
		{"a namespace that is named", []*corev1.Pod{db}, pod(t, "p", "web", "", "other", affinity("podAffinity", "db", "zone", ", namespaces: [default]")), "b1" + near + "; x" + near},
		{"a namespace that is selected", []*corev1.Pod{db}, pod(t, "p", "web", "", "other", affinity("podAffinity", "db", "zone", ", namespaceSelector: {matchLabels: {team: x}}")), "b1" + near + "; x" + near},
		{"all namespaces", []*corev1.Pod{db}, pod(t, "p", "web", "", "other", affinity("podAffinity", "db", "zone", ", namespaceSelector: {}")), "b1" + near + "; x" + near},
		{"away from a zone", []*corev1.Pod{db}, pod(t, "p", "web", "", "default", affinity("podAntiAffinity", "db", "zone", "")), "a1" + far + "; a2" + far},
		{"away from a host", []*corev1.Pod{db}, pod(t, "p", "web", "", "default", affinity("podAntiAffinity", "db", "kubernetes.io/hostname", "")), "a1" + far},
		{"not liked in a zone", []*corev1.Pod{pod(t, "db", "db", "a2", "default", affinity("podAntiAffinity", "web", "zone", ""))}, pod(t, "p", "web", "", "default", ""), "a1" + liked + "; a2" + liked},
		{"not liked, in another namespace", []*corev1.Pod{pod(t, "db", "db", "a2", "other", affinity("podAntiAffinity", "web", "zone", ""))}, pod(t, "p", "web", "", "default", ""), ""},
	} {
		s := rulestest.Snapshot(nodes(t), c.on...)
		s.SetNamespace("default", map[string]string{"team": "x"})
		s.SetNamespace("other", map[string]string{"team": "y"})
		if got := rulestest.Refused(Rule(), c.want, s); !same(got, c.refused) {
			t.Errorf("%s: %q, want %q", c.name, got, c.refused)
		}
	}
}

func same(a, b string) bool {
	x, y := strings.Split(a, "; "), strings.Split(b, "; ")
	for _, s := range x {
		if !strings.Contains(b, s) {
			return false
		}
	}
	return len(x) == len(y)
}

// Several terms of affinity mean pods that all of them mean.
func TestAllTermsMeanOnePod(t *testing.T) {
	terms := "podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [" +
		"{topologyKey: zone, labelSelector: {matchLabels: {app: db}}}, {topologyKey: zone, labelSelector: {matchLabels: {name: one}}}]}"
	want := pod(t, "p", "web", "", "default", terms)
	s := rulestest.Snapshot(nodes(t), pod(t, "one", "web", "a1", "default", ""), pod(t, "two", "db", "a2", "default", ""))
	if got := rulestest.Refused(Rule(), want, s); strings.Count(got, near) != 4 {
		t.Errorf("two pods, each with one of the labels: %q", got)
	}
	s = rulestest.Snapshot(nodes(t), pod(t, "one", "db", "a1", "default", ""))
	if got := rulestest.Refused(Rule(), want, s); !same(got, "b1"+near+"; x"+near) {
		t.Errorf("one pod with both: %q", got)
	}
}

func TestScore(t *testing.T) {
	wish := func(kind, app string, weight string) string {
		return kind + ": {preferredDuringSchedulingIgnoredDuringExecution: [{weight: " + weight + ", podAffinityTerm: {topologyKey: zone, labelSelector: {matchLabels: {app: " + app + "}}}}]}"
	}
	for _, c := range []struct {
		name   string
		on     []*corev1.Pod
		want   *corev1.Pod
		scores string
	}{
		{"nobody wishes", []*corev1.Pod{pod(t, "db", "db", "a1", "default", "")}, pod(t, "p", "web", "", "default", ""), ""},
		{"to be near", []*corev1.Pod{pod(t, "db", "db", "a1", "default", "")}, pod(t, "p", "web", "", "default", wish("podAffinity", "db", "10")), "a1=100 a2=100 b1=0 x=0"},
		{"to be far", []*corev1.Pod{pod(t, "db", "db", "a1", "default", "")}, pod(t, "p", "web", "", "default", wish("podAntiAffinity", "db", "10")), "a1=0 a2=0 b1=100 x=100"},
		{"the other wants it near", []*corev1.Pod{pod(t, "db", "db", "b1", "default", wish("podAffinity", "web", "10"))}, pod(t, "p", "web", "", "default", ""), "a1=0 a2=0 b1=100 x=0"},
		{"the other must have it near", []*corev1.Pod{pod(t, "db", "db", "b1", "default", affinity("podAffinity", "web", "zone", ""))}, pod(t, "p", "web", "", "default", ""), "a1=0 a2=0 b1=100 x=0"},
		{"the other wants it far", []*corev1.Pod{pod(t, "db", "db", "b1", "default", wish("podAntiAffinity", "web", "10"))}, pod(t, "p", "web", "", "default", ""), "a1=100 a2=100 b1=0 x=100"},
		{"weights add up", []*corev1.Pod{
			pod(t, "one", "db", "b1", "default", wish("podAffinity", "web", "10")), pod(t, "two", "db", "b1", "default", wish("podAffinity", "web", "10")),
			pod(t, "three", "db", "a1", "default", wish("podAffinity", "web", "15")),
		}, pod(t, "p", "web", "", "default", ""), "a1=75 a2=75 b1=100 x=0"},
	} {
		s := rulestest.Snapshot(nodes(t), c.on...)
		got := rulestest.Scores(Rule(), c.want, s)
		for _, score := range strings.Fields(c.scores) {
			if !strings.Contains(" "+got+" ", " "+score+" ") {
				t.Errorf("%s: %q, want %q", c.name, got, c.scores)
				break
			}
		}
		if c.scores == "" && got != "" {
			t.Errorf("%s: %q, want nothing", c.name, got)
		}
	}
}

func TestHelps(t *testing.T) {
	s := rulestest.Snapshot(nodes(t))
	db := snapshot.NewPod(pod(t, "db", "db", "a1", "default", ""))
	hater := snapshot.NewPod(pod(t, "db", "db", "a1", "default", affinity("podAntiAffinity", "web", "zone", "")))
	for _, c := range []struct {
		name  string
		pod   *corev1.Pod
		event rules.Event
		want  bool
	}{
		{"who is wanted comes", pod(t, "p", "web", "", "default", affinity("podAffinity", "db", "zone", "")), rules.Event{New: db}, true},
		{"somebody else comes", pod(t, "p", "web", "", "default", affinity("podAffinity", "cache", "zone", "")), rules.Event{New: db}, false},
		{"who is not wanted goes", pod(t, "p", "web", "", "default", affinity("podAntiAffinity", "db", "zone", "")), rules.Event{Old: db}, true},
		{"who is not wanted comes", pod(t, "p", "web", "", "default", affinity("podAntiAffinity", "db", "zone", "")), rules.Event{New: db}, false},
		{"who did not want it goes", pod(t, "p", "web", "", "default", ""), rules.Event{Old: hater}, true},
	} {
		if got := helps(snapshot.NewPod(c.pod), s, c.event); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}
