package rulestest

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Node makes a node of YAML, with the label of its host name.
func Node(t testing.TB, name, text string) *corev1.Node {
	t.Helper()
	n := &corev1.Node{}
	read(t, text, n)
	n.Name = name
	if n.Labels == nil {
		n.Labels = map[string]string{}
	}
	n.Labels[corev1.LabelHostname] = name
	return n
}

// Pod makes a pod of YAML, in the namespace default where it says no other.
func Pod(t testing.TB, name, text string) *corev1.Pod {
	t.Helper()
	p := &corev1.Pod{}
	read(t, text, p)
	p.Name, p.UID = name, types.UID(name)
	if p.Namespace == "" {
		p.Namespace = "default"
	}
	return p
}

func read(t testing.TB, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
}

// Snapshot is of these nodes and of the pods that are on them.
func Snapshot(nodes []*corev1.Node, pods ...*corev1.Pod) *snapshot.Snapshot {
	s := snapshot.New()
	for _, n := range nodes {
		s.SetNode(n)
	}
	for _, p := range pods {
		s.Place(snapshot.NewPod(p), p.Spec.NodeName)
	}
	return s
}

// Refused tells which nodes the rule refuses to the pod, and why: "n1: Insufficient cpu, Too many pods; n2: ...".
func Refused(r rules.Rule, p *corev1.Pod, s *snapshot.Snapshot) string {
	f := r.Filter(snapshot.NewPod(p), s)
	if f.Impossible != "" {
		return "impossible: " + f.Impossible
	}
	var nodes []string
	for _, n := range s.Nodes() {
		if f.Check == nil {
			break
		}
		var reasons []string
		for bit := uint64(f.Check(n)); bit != 0; bit &= bit - 1 {
			reasons = append(reasons, f.Names[bits.TrailingZeros64(bit)])
		}
		if len(reasons) > 0 {
			nodes = append(nodes, n.Name+": "+strings.Join(reasons, ", "))
		}
	}
	return strings.Join(nodes, "; ")
}

// Scores tells what the rule gives to each node: "n1=100 n2=0"; "" where it has nothing to say.
func Scores(r rules.Rule, p *corev1.Pod, s *snapshot.Snapshot) string {
	score := r.Score(snapshot.NewPod(p), s)
	if score == nil {
		return ""
	}
	scores := make([]int64, len(s.Nodes()))
	score(s.Nodes(), scores)
	list := make([]string, len(scores))
	for i, n := range s.Nodes() {
		list[i] = fmt.Sprintf("%s=%d", n.Name, scores[i])
	}
	return strings.Join(list, " ")
}
