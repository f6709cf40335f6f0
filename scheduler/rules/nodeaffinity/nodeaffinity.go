package nodeaffinity

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodeAffinity.
func Rule() rules.Rule {
	return rules.Rule{Name: "NodeAffinity", Filter: filter, Score: score, Weight: 2}
}

var names = []string{"node(s) didn't match Pod's node affinity/selector"}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	if p.Selection == nil {
		return rules.Filter{}
	}
	// A DaemonSet's pods name their node: there is no need to look at the others.
	only, named := p.Selection.Names()
	if named && len(only) == 0 {
		return rules.Filter{Impossible: "pod affinity terms conflict"}
	}
	selected := s.Select(p.Selection)
	return rules.Filter{Names: names, Only: only, Check: func(n *snapshot.Node) rules.Reasons {
		if selected(n) {
			return 0
		}
		return 1
	}}
}

// wish is a term and what it is worth.
type wish struct {
	meant  func(*snapshot.Node) bool
	weight int64
}

func score(p *snapshot.Pod, s *snapshot.Snapshot) rules.Score {
	a := p.Object.Spec.Affinity
	if a == nil || a.NodeAffinity == nil || len(a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution) == 0 {
		return nil
	}
	preferred := a.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	wishes := make([]wish, len(preferred))
	for i := range preferred {
		term := snapshot.NodesOf(&preferred[i].Preference)
		wishes[i] = wish{s.Find(&term), int64(preferred[i].Weight)}
	}
	return func(nodes []*snapshot.Node, scores []int64) {
		for i, n := range nodes {
			for j := range wishes {
				if wishes[j].meant(n) {
					scores[i] += wishes[j].weight
				}
			}
		}
		rules.Stretch(scores)
	}
}
