package nodelifecycle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func node(name string, edits ...func(*corev1.Node)) *corev1.Node {
	n := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "uid", Labels: map[string]string{}}}
	for _, e := range edits {
		e(n)
	}
	return n
}

func is(kind corev1.NodeConditionType, status corev1.ConditionStatus) func(*corev1.Node) {
	return func(n *corev1.Node) {
		n.Status.Conditions = append(n.Status.Conditions, corev1.NodeCondition{Type: kind, Status: status, Reason: "Said", LastHeartbeatTime: metav1.NewTime(now.Add(-time.Hour))})
	}
}

func ready(status corev1.ConditionStatus) func(*corev1.Node) { return is(corev1.NodeReady, status) }
func in(zone string) func(*corev1.Node) {
	return func(n *corev1.Node) { n.Labels[corev1.LabelTopologyZone] = zone }
}
func cordoned(n *corev1.Node) { n.Spec.Unschedulable = true }

// tainted takes "key:Effect"; a key without a domain is one of ours.
func tainted(list ...string) func(*corev1.Node) {
	return func(n *corev1.Node) {
		for _, t := range list {
			key, effect, _ := strings.Cut(t, ":")
			if !strings.Contains(key, "/") {
				key = "node.kubernetes.io/" + key
			}
			n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: key, Effect: corev1.TaintEffect(effect)})
		}
	}
}

func TestTaints(t *testing.T) {
	const yes, no, unknown = corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown
	for _, c := range []struct {
		name     string
		node     *corev1.Node
		eviction Eviction
		want     string // of ours, "" for no change
	}{
		{"a new node becomes ready", node("n", ready(yes), tainted("not-ready:NoSchedule")), Later, "-"},
		{"a new node has not reported", node("n", tainted("not-ready:NoSchedule")), Later, ""},
		{"a node without conditions and taints", node("n"), Later, ""},
		{"ready and untainted", node("n", ready(yes)), Later, ""},
		{"not ready", node("n", ready(no)), Evict, "not-ready:NoSchedule not-ready:NoExecute"},
		{"not ready, others come first", node("n", ready(no)), Later, "not-ready:NoSchedule"},
		{"unreachable", node("n", ready(unknown)), Evict, "unreachable:NoSchedule unreachable:NoExecute"},
		{"from not ready to unreachable", node("n", ready(unknown), tainted("not-ready:NoSchedule", "not-ready:NoExecute")), Evict, "unreachable:NoSchedule unreachable:NoExecute"},
		{"nobody is ready", node("n", ready(unknown), tainted("unreachable:NoSchedule", "unreachable:NoExecute")), Halted, "unreachable:NoSchedule"},
		{"ready again", node("n", ready(yes), tainted("unreachable:NoSchedule", "unreachable:NoExecute")), Later, "-"},
		{"cordoned", node("n", ready(yes), cordoned), Later, "unschedulable:NoSchedule"},
		{"uncordoned", node("n", ready(yes), tainted("unschedulable:NoSchedule")), Later, "-"},
		{"in every trouble", node("n", ready(yes), is(corev1.NodeMemoryPressure, yes), is(corev1.NodeDiskPressure, yes), is(corev1.NodePIDPressure, yes), is(corev1.NodeNetworkUnavailable, yes)), Later,
			"memory-pressure:NoSchedule disk-pressure:NoSchedule pid-pressure:NoSchedule network-unavailable:NoSchedule"},
		{"not known whether in trouble", node("n", ready(yes), is(corev1.NodeMemoryPressure, unknown)), Later, ""},
	} {
		other := corev1.Taint{Key: "example.com/mine", Effect: corev1.TaintEffectNoExecute, Value: "kept"}
		c.node.Spec.Taints = append(c.node.Spec.Taints, other)
		list, changed := Taints(c.node, c.eviction, now)
		if !slices.Contains(list, other) {
			t.Errorf("%s: a taint of others was lost", c.name)
		}
		var got []string
		for _, x := range list {
			if x != other {
				got = append(got, strings.TrimPrefix(x.Key, "node.kubernetes.io/")+":"+string(x.Effect))
			}
		}
		text := strings.Join(got, " ")
		if c.want == "" {
			if changed {
				t.Errorf("%s: changed to %q, want no change", c.name, text)
			}
			continue
		}
		if want := strings.TrimPrefix(c.want, "-"); !changed || text != want {
			t.Errorf("%s: %q, changed %v; want %q", c.name, text, changed, want)
		}
	}
}

func TestTaintsKeepTheirTime(t *testing.T) {
	n := node("n", ready(corev1.ConditionFalse))
	n.Spec.Taints, _ = Taints(n, Later, now)
	n.Spec.Taints, _ = Taints(n, Evict, now.Add(time.Minute))
	if first, second := n.Spec.Taints[0].TimeAdded, n.Spec.Taints[1].TimeAdded; !first.Time.Equal(now) || !second.Time.Equal(now.Add(time.Minute)) {
		t.Errorf("added %v and %v", first, second)
	}
}

func TestSilence(t *testing.T) {
	const grace = 50 * time.Second
	n := node("n", ready(corev1.ConditionTrue), is(corev1.NodeMemoryPressure, corev1.ConditionFalse))
	if status, wait := Silence(n, now, grace, now.Add(20*time.Second)); status != nil || wait != 30*time.Second {
		t.Errorf("after 20 s: %v, %v; want nothing, 30s", status, wait)
	}
	status, _ := Silence(n, now, grace, now.Add(50*time.Second))
	if status == nil {
		t.Fatal("after 50 s: want another status")
	}
	var got []string
	for _, c := range status.Conditions {
		got = append(got, fmt.Sprintf("%s=%s %s", c.Type, c.Status, c.Reason))
	}
	want := []string{"Ready=Unknown NodeStatusUnknown", "MemoryPressure=Unknown NodeStatusUnknown", "DiskPressure=Unknown NodeStatusNeverUpdated", "PIDPressure=Unknown NodeStatusNeverUpdated"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	n.Status = *status
	if again, wait := Silence(n, now, grace, now.Add(time.Hour)); again != nil || wait > 0 {
		t.Errorf("there is nothing new to tell: %v, %v", again, wait)
	}
	if status, wait := Silence(node("n"), now, grace, now.Add(50*time.Second)); status != nil || wait != 10*time.Second {
		t.Errorf("a node that never reported has a minute: %v, %v", status, wait)
	}
}

func TestLife(t *testing.T) {
	var l life
	at := func(seconds int) time.Time { return now.Add(time.Duration(seconds) * time.Second) }
	lease := func(seconds int) *coordinationv1.Lease {
		return &coordinationv1.Lease{Spec: coordinationv1.LeaseSpec{RenewTime: &metav1.MicroTime{Time: at(seconds)}}}
	}
	beat := func(n *corev1.Node, seconds int) *corev1.Node {
		n.Status.Conditions[0].LastHeartbeatTime = metav1.NewTime(at(seconds))
		return n
	}
	reborn := node("n", ready(corev1.ConditionTrue))
	reborn.UID = "another"
	for _, c := range []struct {
		name  string
		node  *corev1.Node
		lease *coordinationv1.Lease
		now   int
		want  int
		first bool
	}{
		{"first seen, whatever its times say", node("n", ready(corev1.ConditionTrue)), lease(-1000), 0, 0, true},
		{"nothing new", node("n", ready(corev1.ConditionTrue)), lease(-1000), 5, 0, false},
		{"the lease was renewed, by a clock that is wrong", node("n", ready(corev1.ConditionTrue)), lease(-999), 10, 10, false},
		{"a status was reported", beat(node("n", ready(corev1.ConditionTrue)), 1), lease(-999), 20, 20, false},
		{"what we say is no sign of life", beat(node("n", ready(corev1.ConditionUnknown)), 1), lease(-999), 30, 20, false},
		{"still not", beat(node("n", ready(corev1.ConditionUnknown)), 1), lease(-999), 40, 20, false},
		{"what it says is", beat(node("n", ready(corev1.ConditionTrue)), 1), lease(-999), 50, 50, false},
		{"another node of the name", reborn, nil, 60, 60, true},
	} {
		s, first := l.see(c.node, c.lease, at(c.now))
		if !s.at.Equal(at(c.want)) || first != c.first {
			t.Errorf("%s: alive at %v, first %v; want %v, %v", c.name, s.at.Sub(now), first, at(c.want).Sub(now), c.first)
		}
	}
	if !l.forget("n") || l.forget("n") {
		t.Error("a node is forgotten once")
	}
}

// fleet is a list of so many ready and other nodes in a zone.
func fleet(zone string, up, down int) []*corev1.Node {
	var list []*corev1.Node
	for i := range up {
		list = append(list, node(fmt.Sprint(zone, "-up", i), in(zone), ready(corev1.ConditionTrue)))
	}
	for i := range down {
		list = append(list, node(fmt.Sprint(zone, "-down", i), in(zone), ready(corev1.ConditionUnknown)))
	}
	return list
}

func TestZones(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []*corev1.Node
		// want is when each node that is down in zone a was told, in seconds; all ask every second.
		want []int
	}{
		{"one of three", fleet("a", 2, 1), []int{0}},
		{"one after the other", fleet("a", 5, 3), []int{0, 10, 20}},
		{"the only node", fleet("a", 0, 1), nil},
		{"the whole cluster", append(fleet("a", 0, 3), fleet("b", 0, 3)...), nil},
		{"one of two zones", append(fleet("a", 0, 3), fleet("b", 3, 0)...), []int{0, 10, 20}},
		{"most of a small zone", fleet("a", 2, 3), nil},
		{"most of a large zone", fleet("a", 20, 31)[:51], []int{0, 100, 200}},
	} {
		var z zones
		var got []int
		told := map[string]bool{}
		for second := range 250 {
			for _, n := range c.all {
				if zoneOf(n) != "\x00a" || strings.Contains(n.Name, "up") || told[n.Name] {
					continue
				}
				if z.ask(n, c.all, now.Add(time.Duration(second)*time.Second)) == Evict {
					got = append(got, second)
					told[n.Name] = true
				}
			}
		}
		if len(got) > 3 {
			got = got[:3]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: told at %v, want %v", c.name, got, c.want)
		}
	}
}
