package taints

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/taints"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's TaintToleration.
func Rule() rules.Rule {
	return rules.Rule{Name: "TaintToleration", Filter: filter, Score: score, Weight: 3}
}

var names = []string{"node(s) had untolerated taint(s)"}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	if hard, _ := s.Tainted(); !hard {
		return rules.Filter{}
	}
	tolerations := p.Object.Spec.Tolerations
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		if untolerated(n.Hard, tolerations) > 0 {
			return 1
		}
		return 0
	}}
}

func score(p *snapshot.Pod, s *snapshot.Snapshot) rules.Score {
	if _, soft := s.Tainted(); !soft {
		return nil
	}
	tolerations := p.Object.Spec.Tolerations
	return func(nodes []*snapshot.Node, scores []int64) {
		for i, n := range nodes {
			scores[i] = untolerated(n.Soft, tolerations)
		}
		rules.StretchReversed(scores)
	}
}

func untolerated(list []corev1.Taint, tolerations []corev1.Toleration) (count int64) {
	for i := range list {
		if !taints.Tolerated(&list[i], tolerations) {
			count++
		}
	}
	return count
}
