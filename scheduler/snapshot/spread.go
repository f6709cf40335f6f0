package snapshot

import (
	corev1 "k8s.io/api/core/v1"
)

// Spread is a topology spread constraint: how evenly pods like this one are to lie over the values of a node label.
type Spread struct {
	// Pods are those that count.
	Pods    *Term
	MaxSkew int32
	// MinDomains is how many values there should be; fewer count as if one of them had no pod.
	MinDomains int32
	// Hard constraints must hold, the others are wishes.
	Hard bool
	// Nodes that the pod's node affinity or the nodes' taints exclude do not count. (KEP-3094)
	HonorAffinity, HonorTaints bool
}

func (p *Pod) readSpread() {
	list := p.Object.Spec.TopologySpreadConstraints
	for i := range list {
		c := &list[i]
		term, err := newTerm(p.Object.Namespace, c.LabelSelector, nil, nil, c.TopologyKey)
		if err != nil {
			if p.Broken == nil {
				p.Broken = err
			}
			continue
		}
		term.live = true
		term.who += "|live"
		s := Spread{Pods: term, MaxSkew: c.MaxSkew, MinDomains: 1, Hard: c.WhenUnsatisfiable == corev1.DoNotSchedule, HonorAffinity: true}
		if c.MinDomains != nil {
			s.MinDomains = *c.MinDomains
		}
		if c.NodeAffinityPolicy != nil {
			s.HonorAffinity = *c.NodeAffinityPolicy == corev1.NodeInclusionPolicyHonor
		}
		if c.NodeTaintsPolicy != nil {
			s.HonorTaints = *c.NodeTaintsPolicy == corev1.NodeInclusionPolicyHonor
		}
		p.Spread = append(p.Spread, s)
	}
}
