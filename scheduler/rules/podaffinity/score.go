package podaffinity

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// attractedWeight is what the required affinity of a pod that is there weighs, towards a pod that it means.
const attractedWeight = 1

// wish is how much each pod in a node's domain counts.
type wish struct {
	tally  *snapshot.Tally
	weight int64
}

func score(p *snapshot.Pod, s *snapshot.Snapshot) rules.Score {
	var wishes []wish
	for _, t := range p.PreferredAffinity {
		wishes = append(wishes, wish{s.Matching([]*snapshot.Term{t}, t.TopologyKey, false), int64(t.Weight)})
	}
	for _, t := range p.PreferredAntiAffinity {
		wishes = append(wishes, wish{s.Matching([]*snapshot.Term{t}, t.TopologyKey, false), -int64(t.Weight)})
	}
	// What pods that are there wish is in their tallies with its weight.
	for c := range s.About(snapshot.LikesNear, p) {
		wishes = append(wishes, wish{c.Tally, 1})
	}
	for c := range s.About(snapshot.LikesFarAway, p) {
		wishes = append(wishes, wish{c.Tally, -1})
	}
	for c := range s.About(snapshot.Attracts, p) {
		wishes = append(wishes, wish{c.Tally, attractedWeight})
	}
	if len(wishes) == 0 {
		return nil
	}
	return func(nodes []*snapshot.Node, scores []int64) {
		lowest, highest := int64(0), int64(0)
		for i, n := range nodes {
			for _, w := range wishes {
				sum, _ := w.tally.On(n)
				scores[i] += w.weight * int64(sum)
			}
			if i == 0 {
				lowest, highest = scores[i], scores[i]
			}
			lowest, highest = min(lowest, scores[i]), max(highest, scores[i])
		}
		for i := range scores {
			if highest == lowest {
				scores[i] = 0
			} else {
				scores[i] = (scores[i] - lowest) * rules.MaxScore / (highest - lowest)
			}
		}
	}
}
