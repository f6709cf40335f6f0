package podaffinity

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's InterPodAffinity.
func Rule() rules.Rule {
	return rules.Rule{Name: "InterPodAffinity", Filter: filter, Score: score, Weight: 2, Helps: helps}
}

const (
	notNear rules.Reasons = 1 << iota
	notFar
	notLiked
)

var names = []string{
	"node(s) didn't match pod affinity rules",
	"node(s) didn't match pod anti-affinity rules",
	"node(s) didn't satisfy existing pods anti-affinity rules",
}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	if p.Broken != nil {
		return rules.Filter{Impossible: p.Broken.Error()}
	}
	var near, far, repelling []*snapshot.Tally
	// Pods that count for affinity must be meant by all terms at once.
	anywhere := false
	for _, t := range p.Affinity {
		tally := s.Matching(p.Affinity, t.TopologyKey, false)
		near = append(near, tally)
		anywhere = anywhere || tally.Total() > 0
	}
	for _, t := range p.AntiAffinity {
		far = append(far, s.Matching([]*snapshot.Term{t}, t.TopologyKey, false))
	}
	for c := range s.About(snapshot.Repels, p) {
		repelling = append(repelling, c.Tally)
	}
	if len(near)+len(far)+len(repelling) == 0 {
		return rules.Filter{}
	}
	// The first of a group that wants to be together may go anywhere.
	first := !anywhere && s.MatchesAll(p.Affinity, p)
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		for _, t := range near {
			if sum, ok := t.On(n); !ok || sum == 0 && !first {
				return notNear
			}
		}
		if present(far, n) {
			return notFar
		}
		if present(repelling, n) {
			return notLiked
		}
		return 0
	}}
}

// present tells whether one of the tallies counts something in the node's domain.
func present(tallies []*snapshot.Tally, n *snapshot.Node) bool {
	for _, t := range tallies {
		if sum, _ := t.On(n); sum > 0 {
			return true
		}
	}
	return false
}

// helps: a pod that is wanted near has come, one that is not wanted near, or that did not want this one, has gone.
func helps(p *snapshot.Pod, s *snapshot.Snapshot, e rules.Event) bool {
	if len(p.Affinity) > 0 && e.New != nil && s.MatchesAll(p.Affinity, e.New) {
		return true
	}
	if e.Old == nil {
		return false
	}
	for _, t := range p.AntiAffinity {
		if s.Matches(t, e.Old) {
			return true
		}
	}
	for _, t := range e.Old.AntiAffinity {
		if s.Matches(t, p) {
			return true
		}
	}
	return false
}
