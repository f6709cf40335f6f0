package spread

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/taints"
	"argosy.dev/scheduler/snapshot"
)

// counts is how many pods of a sort there are in each domain that counts.
type counts struct {
	tally *snapshot.Tally
	// Where some nodes do not count, sums and counted are by domain; else they are nil and the tally itself tells.
	sums    []int32
	counted []bool
}

// on is the number of pods in the node's domain; ok is false where it lacks the label. A domain in which no node counts has no pods.
func (c *counts) on(n *snapshot.Node) (sum int32, ok bool) {
	if c.sums == nil {
		return c.tally.On(n)
	}
	d := c.tally.Domain(n)
	if d < 0 {
		return 0, false
	}
	return c.sums[d], true
}

// least is the number of pods in the emptiest domain, and how many domains there are.
func (c *counts) least() (least int32, domains int) {
	if c.sums == nil {
		return c.tally.Min(), c.tally.Domains()
	}
	for d, counted := range c.counted {
		if !counted {
			continue
		}
		if domains == 0 || c.sums[d] < least {
			least = c.sums[d]
		}
		domains++
	}
	return least, domains
}

// count counts for each constraint. Nodes that lack any of the labels count for none.
func count(p *snapshot.Pod, s *snapshot.Snapshot, constraints []*snapshot.Spread, nodes []*snapshot.Node) []counts {
	all := make([]counts, len(constraints))
	missing := false
	for i, c := range constraints {
		all[i].tally = s.Matching([]*snapshot.Term{c.Pods}, c.Pods.TopologyKey, false)
		missing = missing || all[i].tally.Missing() > 0
	}
	hard, _ := s.Tainted()
	for i, c := range constraints {
		if missing || c.HonorAffinity && p.Selection != nil || c.HonorTaints && hard {
			all[i].tally = s.Matching([]*snapshot.Term{c.Pods}, c.Pods.TopologyKey, true)
			all[i].sums, all[i].counted = make([]int32, all[i].tally.Bound()), make([]bool, all[i].tally.Bound())
		}
	}
	restrict(p, s, all, constraints, nodes)
	return all
}

// restrict adds up those that are not simply the tally's, node by node.
func restrict(p *snapshot.Pod, s *snapshot.Snapshot, all []counts, constraints []*snapshot.Spread, nodes []*snapshot.Node) {
	restricted := false
	for i := range all {
		restricted = restricted || all[i].sums != nil
	}
	if !restricted {
		return
	}
	selected := s.Select(p.Selection)
	for _, n := range nodes {
		if !labelled(all, n) {
			continue
		}
		suits := selected(n)
		tolerated := len(n.Hard) == 0 || tolerates(p, n)
		for i, c := range constraints {
			if all[i].sums == nil || c.HonorAffinity && !suits || c.HonorTaints && !tolerated {
				continue
			}
			d := all[i].tally.Domain(n)
			all[i].counted[d] = true
			all[i].sums[d] += all[i].tally.OnNode(n)
		}
	}
}

// labelled tells whether the node is in a domain of every constraint.
func labelled(all []counts, n *snapshot.Node) bool {
	for i := range all {
		if all[i].tally.Domain(n) < 0 {
			return false
		}
	}
	return true
}

func tolerates(p *snapshot.Pod, n *snapshot.Node) bool {
	_, found := taints.Untolerated(n.Hard, p.Object.Spec.Tolerations, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute)
	return !found
}
