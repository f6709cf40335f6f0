package nodeaffinity

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodeAffinity.
func Rule() rules.Rule {
	return rules.Rule{Name: "NodeAffinity", Filter: filter, Score: score, Weight: 2}
}

var names = []string{"node(s) didn't match Pod's node affinity/selector"}

func filter(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Filter {
	required := requiredOf(p)
	if required == nil && len(p.Object.Spec.NodeSelector) == 0 {
		return rules.Filter{}
	}
	only, impossible := byName(required)
	if impossible {
		return rules.Filter{Impossible: "pod affinity terms conflict"}
	}
	match := nodeaffinity.GetRequiredNodeAffinity(p.Object)
	return rules.Filter{Names: names, Only: only, Check: func(n *snapshot.Node) rules.Reasons {
		if n.Suits(match) {
			return 0
		}
		return 1
	}}
}

func requiredOf(p *snapshot.Pod) *corev1.NodeSelector {
	if a := p.Object.Spec.Affinity; a != nil && a.NodeAffinity != nil {
		return a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	}
	return nil
}

// byName finds the nodes that the terms name, as those of a DaemonSet's pods do; nil where some term names none. Terms that
// each name several nodes at once can never match.
func byName(required *corev1.NodeSelector) (only []string, impossible bool) {
	if required == nil || len(required.NodeSelectorTerms) == 0 {
		return nil, false
	}
	for i := range required.NodeSelectorTerms {
		name, named, conflict := nameIn(&required.NodeSelectorTerms[i])
		switch {
		case !named:
			return nil, false
		case !conflict && !slices.Contains(only, name):
			only = append(only, name)
		}
	}
	return only, len(only) == 0
}

func nameIn(term *corev1.NodeSelectorTerm) (name string, named, conflict bool) {
	for _, r := range term.MatchFields {
		if r.Key != metav1.ObjectNameField || r.Operator != corev1.NodeSelectorOpIn || len(r.Values) != 1 {
			continue
		}
		conflict = conflict || named && name != r.Values[0]
		name, named = r.Values[0], true
	}
	return name, named, conflict
}

func score(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Score {
	a := p.Object.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || len(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution) == 0 {
		return nil
	}
	terms, err := nodeaffinity.NewPreferredSchedulingTerms(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
	if err != nil {
		return nil // the API accepts none that cannot be read, and they are wishes
	}
	return func(nodes []*snapshot.Node, scores []int64) {
		for i, n := range nodes {
			scores[i] = terms.Score(n.Object)
		}
		rules.Stretch(scores)
	}
}
