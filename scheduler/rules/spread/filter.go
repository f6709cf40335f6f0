package spread

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's PodTopologySpread, without default constraints.
func Rule() rules.Rule {
	return rules.Rule{Name: "PodTopologySpread", Filter: filter, Score: score, Weight: 2, Helps: helps}
}

const (
	skewed rules.Reasons = 1 << iota
	unlabelled
)

var names = []string{
	"node(s) didn't match pod topology spread constraints",
	"node(s) didn't match pod topology spread constraints (missing required label)",
}

// limit is how many pods a domain may have for one more to be allowed there.
type limit struct {
	counts
	most int32
}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	var hard []*snapshot.Spread
	for i := range p.Spread {
		if p.Spread[i].Hard {
			hard = append(hard, &p.Spread[i])
		}
	}
	if len(hard) == 0 {
		return rules.Filter{}
	}
	counted := count(p, s, hard, s.Nodes())
	limits := make([]limit, len(hard))
	for i, c := range hard {
		least, domains := counted[i].least()
		if domains < int(c.MinDomains) {
			least = 0
		}
		most := least + c.MaxSkew
		if s.Matches(c.Pods, p) {
			most--
		}
		limits[i] = limit{counted[i], most}
	}
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		for i := range limits {
			sum, ok := limits[i].on(n)
			if !ok {
				return unlabelled
			}
			if sum > limits[i].most {
				return skewed
			}
		}
		return 0
	}}
}

// helps: one pod more may lift the emptiest domain, one less makes its own emptier.
func helps(p *snapshot.Pod, s *snapshot.Snapshot, e rules.Event) bool {
	for i := range p.Spread {
		if c := &p.Spread[i]; c.Hard && (e.Old != nil && s.Matches(c.Pods, e.Old)) != (e.New != nil && s.Matches(c.Pods, e.New)) {
			return true
		}
	}
	return false
}
