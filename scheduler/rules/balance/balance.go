package balance

import (
	"math"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodeResourcesBalancedAllocation. A pod that asks for nothing unbalances nothing.
func Rule() rules.Rule {
	return rules.Rule{Name: "NodeResourcesBalancedAllocation", Score: score, Weight: 1}
}

func score(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Score {
	if p.Requests.CPU == 0 && p.Requests.Memory == 0 {
		return nil
	}
	return func(nodes []*snapshot.Node, scores []int64) {
		for i, n := range nodes {
			cpu := share(n.Requested.CPU+p.Requests.CPU, n.Allocatable.CPU)
			memory := share(n.Requested.Memory+p.Requests.Memory, n.Allocatable.Memory)
			// Half the difference is the standard deviation of two values.
			scores[i] = int64((1 - math.Abs(cpu-memory)/2) * rules.MaxScore)
		}
	}
}

// share of the capacity that is taken, 1 at most. What the node does not have counts as untaken.
func share(taken, capacity int64) float64 {
	if capacity == 0 {
		return 0
	}
	return min(1, float64(taken)/float64(capacity))
}
