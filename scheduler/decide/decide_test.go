package decide

import (
	"fmt"
	"math/rand/v2"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/rules/rulestest"
	"argosy.dev/scheduler/snapshot"
)

// The rules of these tests speak of nodes by their names.

func refuses(name string, why ...string) rules.Rule {
	return rules.Rule{Name: name, Filter: func(*snapshot.Pod, *snapshot.Snapshot) rules.Filter {
		return rules.Filter{Names: why, Check: func(n *snapshot.Node) (r rules.Reasons) {
			for i := range why {
				if n.Object.Labels[name] != "" && i < len(n.Object.Labels[name]) {
					r |= 1 << i
				}
			}
			return r
		}}
	}}
}

func only(names ...string) rules.Rule {
	return rules.Rule{Name: "Only", Filter: func(*snapshot.Pod, *snapshot.Snapshot) rules.Filter { return rules.Filter{Only: names} }}
}

func impossibleRule(why string) rules.Rule {
	return rules.Rule{Name: "Never", Filter: func(*snapshot.Pod, *snapshot.Snapshot) rules.Filter { return rules.Filter{Impossible: why} }}
}

func prefers(name string, weight int64) rules.Rule {
	return rules.Rule{Weight: weight, Score: func(*snapshot.Pod, *snapshot.Snapshot) rules.Score {
		return func(nodes []*snapshot.Node, scores []int64) {
			for i, n := range nodes {
				if n.Name == name {
					scores[i] = 10
				}
			}
		}
	}}
}

func nodes(t *testing.T, labels ...string) *snapshot.Snapshot {
	var list []*corev1.Node
	for i, l := range labels {
		list = append(list, rulestest.Node(t, fmt.Sprint("n", i), "{metadata: {labels: {"+l+"}}}"))
	}
	return rulestest.Snapshot(list)
}

func random() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func TestMessages(t *testing.T) {
	a, b := refuses("A", "Insufficient cpu", "Insufficient memory"), refuses("B", "node(s) had untolerated taint(s)")
	for _, c := range []struct {
		name  string
		rules []rules.Rule
		s     *snapshot.Snapshot
		want  string
		by    uint64
	}{
		{"no nodes", []rules.Rule{a, b}, nodes(t), "no nodes available to schedule pods", 0},
		{"sorted, counted, several of one node", []rules.Rule{a, b}, nodes(t, "A: x", "A: xx", "B: x"),
			"0/3 nodes are available: 1 Insufficient memory, 1 node(s) had untolerated taint(s), 2 Insufficient cpu.", 3},
		{"the first rule is the one that is told", []rules.Rule{b, a}, nodes(t, "A: x, B: x"), "0/1 nodes are available: 1 node(s) had untolerated taint(s).", 1},
		{"impossible", []rules.Rule{a, impossibleRule("it is impossible")}, nodes(t, "", ""), "0/2 nodes are available: it is impossible.", 2},
		{"some were not looked at", []rules.Rule{a, only("n1")}, nodes(t, "", "A: x", ""), "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [Only].", 3},
		{"the named node is not there", []rules.Rule{a, only("n9")}, nodes(t, "", ""), "0/2 nodes are available: 2 node(s) didn't satisfy plugin(s) [Only].", 2},
	} {
		n, refusal := New(c.rules, random()).Decide(snapshot.NewPod(&corev1.Pod{}), c.s)
		if n != nil || refusal == nil || refusal.Message != c.want || refusal.Rules != c.by {
			t.Errorf("%s: node %v, %+v; want %q", c.name, n, refusal, c.want)
		}
	}
}

func TestBest(t *testing.T) {
	s := nodes(t, "", "", "A: x", "")
	for _, c := range []struct {
		name  string
		rules []rules.Rule
		want  string
	}{
		{"the heavier wish", []rules.Rule{prefers("n1", 2), prefers("n3", 3)}, "n3"},
		{"not one that is refused", []rules.Rule{refuses("A", "x"), prefers("n2", 9), prefers("n1", 1)}, "n1"},
		{"the only one", []rules.Rule{only("n3"), prefers("n1", 1)}, "n3"},
	} {
		if n, _ := New(c.rules, random()).Decide(snapshot.NewPod(&corev1.Pod{}), s); n == nil || n.Name != c.want {
			t.Errorf("%s: %v, want %s", c.name, n, c.want)
		}
	}
}

func TestEqualNodesAreTakenAtRandom(t *testing.T) {
	d, s, taken := New(nil, random()), nodes(t, "", "", "", ""), map[string]int{}
	for range 4000 {
		n, _ := d.Decide(snapshot.NewPod(&corev1.Pod{}), s)
		taken[n.Name]++
	}
	for name, n := range taken {
		if n < 800 || n > 1200 {
			t.Errorf("%s was taken %d times of 4000", name, n)
		}
	}
}

// Of many nodes only some are looked at, others each time.
func TestSearchGoesInACircle(t *testing.T) {
	var list []*corev1.Node
	for i := range 1000 {
		list = append(list, rulestest.Node(t, fmt.Sprintf("n%04d", i), "{}"))
	}
	s := rulestest.Snapshot(list)
	looked := map[string]int{}
	count := rules.Rule{Filter: func(*snapshot.Pod, *snapshot.Snapshot) rules.Filter {
		return rules.Filter{Check: func(n *snapshot.Node) rules.Reasons { looked[n.Name]++; return 0 }}
	}}
	d := New([]rules.Rule{count}, random())
	for range 50 {
		d.Decide(snapshot.NewPod(&corev1.Pod{}), s)
	}
	if len(looked) != 1000 {
		t.Errorf("%d nodes were looked at, want all", len(looked))
	}
	for name, n := range looked {
		if n != 21 { // 50 times 420 of 1000
			t.Fatalf("%s was looked at %d times", name, n)
		}
	}
}

func TestSample(t *testing.T) {
	for nodes, want := range map[int]int{0: 0, 1: 1, 100: 100, 101: 100, 250: 120, 1000: 420, 5000: 500, 6000: 300, 20000: 1000} {
		if got := sample(nodes); got != want {
			t.Errorf("of %d nodes %d are enough, want %d", nodes, got, want)
		}
	}
}
