package cordon

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/taints"
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodeUnschedulable.
func Rule() rules.Rule { return rules.Rule{Name: "NodeUnschedulable", Filter: filter} }

var names = []string{"node(s) were unschedulable"}

func filter(p *snapshot.Pod, s *snapshot.Snapshot) rules.Filter {
	if !s.Cordoned() {
		return rules.Filter{}
	}
	cordon := corev1.Taint{Key: corev1.TaintNodeUnschedulable, Effect: corev1.TaintEffectNoSchedule}
	if taints.Tolerated(&cordon, p.Object.Spec.Tolerations) {
		return rules.Filter{}
	}
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		if n.Unschedulable {
			return 1
		}
		return 0
	}}
}
