package spread

import (
	"math"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// score prefers nodes in whose domains there are fewer pods of the sort. What a domain's pods count for grows with how many domains
// there are, so that zones and hosts weigh alike. Nodes without the labels score 0.
func score(p *snapshot.Pod, s *snapshot.Snapshot) rules.Score {
	var soft []*snapshot.Spread
	for i := range p.Spread {
		if !p.Spread[i].Hard {
			soft = append(soft, &p.Spread[i])
		}
	}
	if len(soft) == 0 {
		return nil
	}
	return func(nodes []*snapshot.Node, scores []int64) {
		counted := count(p, s, soft, s.Nodes())
		weights := make([]float64, len(counted))
		for j := range counted {
			weights[j] = math.Log(float64(reached(counted, j, nodes) + 2))
		}
		crowds := make([]float64, len(nodes))
		lowest, highest := math.Inf(1), 0.0
		for i, n := range nodes {
			if !labelled(counted, n) {
				crowds[i] = math.NaN()
				continue
			}
			for j := range counted {
				sum, _ := counted[j].on(n)
				crowds[i] += float64(sum)*weights[j] + float64(soft[j].MaxSkew-1)
			}
			crowds[i] = math.Round(crowds[i])
			lowest, highest = min(lowest, crowds[i]), max(highest, crowds[i])
		}
		for i, crowd := range crowds {
			switch {
			case math.IsNaN(crowd):
			case highest == 0:
				scores[i] = rules.MaxScore
			default:
				scores[i] = int64(rules.MaxScore * (highest + lowest - crowd) / highest)
			}
		}
	}
}

// reached is in how many domains of a constraint the nodes lie.
func reached(counted []counts, constraint int, nodes []*snapshot.Node) (domains int) {
	seen := make([]bool, counted[constraint].tally.Bound())
	for _, n := range nodes {
		if d := counted[constraint].tally.Domain(n); labelled(counted, n) && !seen[d] {
			seen[d] = true
			domains++
		}
	}
	return domains
}
