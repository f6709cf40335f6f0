package snapshot

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func node(name string, labels map[string]string, taints ...corev1.Taint) *corev1.Node {
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec:       corev1.NodeSpec{Taints: taints},
		Status: corev1.NodeStatus{Allocatable: corev1.ResourceList{
			corev1.ResourceCPU: resource.MustParse("4"), corev1.ResourceMemory: resource.MustParse("8Gi"), corev1.ResourcePods: resource.MustParse("10"),
			"example.com/gpu": resource.MustParse("2"),
		}},
	}
}

func pod(name, app string, edits ...func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default", UID: types.UID(name), Labels: map[string]string{"app": app}},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{
			Ports: []corev1.ContainerPort{{HostPort: 80, ContainerPort: 80}},
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{
				corev1.ResourceCPU: resource.MustParse("100m"), "example.com/gpu": resource.MustParse("1"),
			}},
		}}},
	}
	for _, e := range edits {
		e(p)
	}
	return p
}

func TestSums(t *testing.T) {
	s := New()
	s.SetNode(node("n", nil))
	a, b := NewPod(pod("a", "web")), NewPod(pod("b", "web"))
	s.Place(a, "n")
	s.Place(b, "n")
	n, _ := s.Node("n")
	if n.Requested.CPU != 200 || n.Requested.Of("example.com/gpu") != 2 || len(n.Ports) != 2 || len(n.Pods) != 2 || n.LoadMemory != 2*unsaidMemory || n.Allocatable.CPU != 4000 || n.MaxPods != 10 {
		t.Errorf("with two pods: %+v", n)
	}
	smaller := pod("b", "web", func(p *corev1.Pod) {
		p.Spec.Containers[0].Resources.Requests[corev1.ResourceCPU] = resource.MustParse("50m")
	})
	if !s.Place(NewPod(smaller), "n") || n.Requested.CPU != 150 {
		t.Errorf("after one was resized: %+v", n.Requested)
	}
	if s.Place(NewPod(smaller.DeepCopy()), "n") {
		t.Error("a version that asks for the same is a change")
	}
	if s.Remove("a") != n || s.Remove("a") != nil || s.Remove("b") != n {
		t.Error("pods were not where they were put")
	}
	if n.Requested.CPU != 0 || n.Requested.Of("example.com/gpu") != 0 || len(n.Ports) != 0 || len(n.Pods) != 0 || n.LoadCPU != 0 || n.LoadMemory != 0 {
		t.Errorf("when empty again: %+v", n)
	}
}

func TestRequestsOfSidecarsAndInitContainers(t *testing.T) {
	always := corev1.ContainerRestartPolicyAlways
	asks := func(cpu string, sidecar bool) corev1.Container {
		c := corev1.Container{Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpu)}}}
		if sidecar {
			c.RestartPolicy = &always
			c.Ports = []corev1.ContainerPort{{HostPort: 1}}
		} else {
			c.Ports = []corev1.ContainerPort{{HostPort: 2}}
		}
		return c
	}
	p := NewPod(&corev1.Pod{Spec: corev1.PodSpec{
		InitContainers: []corev1.Container{asks("100m", true), asks("2", false)},
		Containers:     []corev1.Container{asks("1", false)},
		Overhead:       corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m")},
	}})
	if p.Requests.CPU != 2150 {
		t.Errorf("it takes %dm, want 2150m: the init container beside the sidecar, and the overhead", p.Requests.CPU)
	}
	if want := []Port{{"", "TCP", 2}, {"", "TCP", 1}}; !slices.Equal(p.Ports, want) {
		t.Errorf("it takes the ports %v, want %v", p.Ports, want)
	}
}

func TestPortsConflict(t *testing.T) {
	for _, c := range []struct {
		a, b Port
		want bool
	}{
		{Port{"", "TCP", 80}, Port{"", "TCP", 80}, true},
		{Port{"", "TCP", 80}, Port{"", "UDP", 80}, false},
		{Port{"", "TCP", 80}, Port{"", "TCP", 81}, false},
		{Port{"10.0.0.1", "TCP", 80}, Port{"10.0.0.2", "TCP", 80}, false},
		{Port{"10.0.0.1", "TCP", 80}, Port{"", "TCP", 80}, true},
	} {
		if c.a.Conflicts(c.b) != c.want || c.b.Conflicts(c.a) != c.want {
			t.Errorf("%v and %v: want %v", c.a, c.b, c.want)
		}
	}
}

func TestOrderTakesZonesInTurn(t *testing.T) {
	s := New()
	for i, z := range []string{"a", "a", "a", "b", "c", "c"} {
		s.SetNode(node(fmt.Sprint("n", i), map[string]string{corev1.LabelTopologyZone: z}))
	}
	s.Place(NewPod(pod("p", "web")), "not there")
	var names []string
	for _, n := range s.Nodes() {
		names = append(names, n.Name)
	}
	if want := []string{"n0", "n3", "n4", "n1", "n5", "n2"}; !slices.Equal(names, want) {
		t.Errorf("the order is %v, want %v", names, want)
	}
}

func TestHeartbeatsAreNoChange(t *testing.T) {
	s := New()
	s.SetNode(node("n", map[string]string{"a": "b"}))
	gains := s.Gains()
	beat := node("n", map[string]string{"a": "b"})
	beat.Status.Conditions = []corev1.NodeCondition{{Type: corev1.NodeReady}}
	if n, changed := s.SetNode(beat); changed || s.Gains() != gains || n.Object != beat {
		t.Error("a heartbeat is a change")
	}
	for what, edit := range map[string]func(*corev1.Node){
		"label":       func(n *corev1.Node) { n.Labels = nil },
		"cordon":      func(n *corev1.Node) { n.Spec.Unschedulable = true },
		"taint":       func(n *corev1.Node) { n.Spec.Taints = []corev1.Taint{{Key: "a"}} },
		"allocatable": func(n *corev1.Node) { n.Status.Allocatable = nil },
	} {
		obj := beat.DeepCopy()
		edit(obj)
		if _, changed := s.SetNode(obj); !changed {
			t.Errorf("%s: no change", what)
		}
	}
}

// termFor selects pods of an app; namespaces by a label where among is set.
func termFor(t *testing.T, app, topologyKey string, among map[string]string) *Term {
	t.Helper()
	var namespaces *metav1.LabelSelector
	if among != nil {
		namespaces = &metav1.LabelSelector{MatchLabels: among}
	}
	term, err := newTerm("default", &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}}, namespaces, nil, topologyKey)
	if err != nil {
		t.Fatal(err)
	}
	return term
}

// Whatever happens in whatever order, tallies say what counting everything anew would.
func TestTalliesStayTrue(t *testing.T) {
	const zone, rounds = "zone", 3000
	random := rand.New(rand.NewPCG(1, 2))
	s := New()
	terms := []*Term{
		termFor(t, "a", zone, nil), termFor(t, "b", zone, nil), termFor(t, "a", "host", nil), termFor(t, "b", "rack", map[string]string{"team": "x"}),
	}
	likes := &corev1.PodAntiAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution:  []corev1.PodAffinityTerm{{TopologyKey: zone, LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "a"}}}},
		PreferredDuringSchedulingIgnoredDuringExecution: []corev1.WeightedPodAffinityTerm{{Weight: 7, PodAffinityTerm: corev1.PodAffinityTerm{TopologyKey: "host", LabelSelector: &metav1.LabelSelector{}}}},
	}
	name := func(prefix string, n int) string { return fmt.Sprint(prefix, random.IntN(n)) }
	anyLabels := func() map[string]string {
		labels := map[string]string{"host": name("h", 4)}
		if random.IntN(4) > 0 {
			labels[zone] = name("z", 3)
		}
		if random.IntN(2) > 0 {
			labels["rack"] = name("r", 2)
		}
		return labels
	}
	// Labels change as a pod lives; its namespace and affinity do not.
	anyPod := func() *Pod {
		i := random.IntN(40)
		return NewPod(pod(fmt.Sprint("p", i), []string{"a", "b", "c"}[random.IntN(3)], func(p *corev1.Pod) {
			p.Namespace = []string{"default", "other"}[i%2]
			if i%4 < 2 {
				p.Spec.Affinity = &corev1.Affinity{PodAntiAffinity: likes}
			}
		}))
	}
	for round := range rounds {
		switch random.IntN(10) {
		case 0, 1:
			s.SetNode(node(name("n", 8), anyLabels()))
		case 2:
			s.RemoveNode(name("n", 8))
		case 3:
			s.SetNamespace(name("", 2), nil)
			s.SetNamespace("other", map[string]string{"team": name("", 2)})
			s.SetNamespace("default", map[string]string{"team": []string{"x", "y"}[random.IntN(2)]})
		case 4, 5:
			s.Remove(types.UID(name("p", 40)))
		default:
			s.Place(anyPod(), name("n", 8))
		}
		if round%7 == 0 {
			s.Matching(terms[:1], zone, true)
		}
		for _, term := range terms {
			tally := s.Matching([]*Term{term}, term.TopologyKey, round > rounds/2)
			compare(t, s, tally, term.TopologyKey, func(p *Pod) int32 { return one(s.Matches(term, p)) })
		}
		compareCarriers(t, s)
		if t.Failed() {
			t.Fatalf("in round %d", round)
		}
	}
	for i := range 40 {
		s.Remove(types.UID(fmt.Sprint("p", i)))
	}
	for i := range 8 {
		s.RemoveNode(fmt.Sprint("n", i))
	}
	if len(s.nodes) != 0 || len(s.carriers) != 0 || len(s.free) != len(s.slots) {
		t.Errorf("left over: %d nodes, %d carriers", len(s.nodes), len(s.carriers))
	}
	for _, topology := range s.topologies {
		if topology.domains() != 0 || topology.missing != 0 {
			t.Errorf("%s has domains: %v, %d missing", topology.key, topology.index, topology.missing)
		}
	}
}

func one(yes bool) int32 {
	if yes {
		return 1
	}
	return 0
}

// compare holds a tally to what counting of every pod by weight gives.
func compare(t *testing.T, s *Snapshot, tally *Tally, topologyKey string, weight func(*Pod) int32) {
	t.Helper()
	sums, total, missing := map[string]int32{}, int64(0), 0
	for _, n := range s.nodes {
		own := int32(0)
		for _, p := range n.Pods {
			own += weight(p)
		}
		if tally.byNode != nil && tally.OnNode(n) != own {
			t.Errorf("node %s counts %d, want %d", n.Name, tally.OnNode(n), own)
		}
		if n.Object == nil {
			continue
		}
		value, ok := n.Object.Labels[topologyKey]
		if !ok {
			missing++
			continue
		}
		sums[value] += own
		total += int64(own)
	}
	for _, n := range s.Nodes() {
		value, labelled := n.Object.Labels[topologyKey]
		if sum, ok := tally.On(n); ok != labelled || sum != sums[value] {
			t.Errorf("%s=%s counts %d, %v; want %d", topologyKey, value, sum, ok, sums[value])
		}
	}
	least := int32(0)
	if len(sums) > 0 {
		least = slices.Min(slices.Collect(maps.Values(sums)))
	}
	if tally.Total() != total || tally.Missing() != missing || tally.Domains() != len(sums) || tally.Min() != least {
		t.Errorf("%s: total %d, missing %d, domains %d, least %d; want %d, %d, %d, %d",
			topologyKey, tally.Total(), tally.Missing(), tally.Domains(), tally.Min(), total, missing, len(sums), least)
	}
}

func compareCarriers(t *testing.T, s *Snapshot) {
	t.Helper()
	for _, app := range []string{"a", "b"} {
		for _, ns := range []string{"default", "other"} {
			p := NewPod(pod("new", app, func(p *corev1.Pod) { p.Namespace = ns }))
			for _, role := range []Role{Repels, LikesFarAway} {
				found := 0
				for c := range s.About(role, p) {
					found++
					compare(t, s, c.Tally, c.Term.TopologyKey, func(o *Pod) (sum int32) {
						for _, term := range o.terms(role) {
							if term.who == c.Term.who && term.TopologyKey == c.Term.TopologyKey {
								sum += max(1, term.Weight)
							}
						}
						return sum
					})
				}
				carried := false
				for _, at := range s.pods {
					carried = carried || slices.ContainsFunc(at.pod.terms(role), func(term *Term) bool { return s.Matches(term, p) })
				}
				if carried != (found > 0) || found > 1 {
					t.Errorf("role %d: %d terms about %s/%s, carried: %v", role, found, ns, app, carried)
				}
			}
		}
	}
}

func TestTalliesAreForgotten(t *testing.T) {
	s := New()
	s.SetNode(node("n", map[string]string{"host": "n"}))
	for i := range maxTallies + 10 {
		s.Matching([]*Term{termFor(t, fmt.Sprint("app-", i), "host", nil)}, "host", false)
	}
	if len(s.matching) != maxTallies || len(s.wanted.filed) != maxTallies || len(s.topologies["host"].tallies) != maxTallies {
		t.Errorf("%d tallies, filed %d, of the topology %d; want %d", len(s.matching), len(s.wanted.filed), len(s.topologies["host"].tallies), maxTallies)
	}
	if _, kept := s.matching[tallyKey{termFor(t, "app-0", "host", nil).who, "host"}]; kept {
		t.Error("the oldest was kept")
	}
}

func TestSelectorsOfManyLabelsAreForgotten(t *testing.T) {
	s := New()
	s.SetNode(node("n", map[string]string{"host": "n"}))
	s.Matching([]*Term{termFor(t, "web", "host", nil)}, "host", false)
	for i := range 2 * maxTopologies {
		p := NewPod(pod("p", "web", func(p *corev1.Pod) { p.Spec.NodeSelector = map[string]string{fmt.Sprint("label-", i): "x"} }))
		n, _ := s.Node("n")
		if s.Select(p.Selection)(n) {
			t.Fatal("a node without the label matches")
		}
	}
	if len(s.topologies) != maxTopologies || s.topologies["host"] == nil {
		t.Errorf("%d topologies are kept", len(s.topologies))
	}
}
