package hostports

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodePorts.
func Rule() rules.Rule { return rules.Rule{Name: "NodePorts", Filter: filter} }

var names = []string{"node(s) didn't have free ports for the requested pod ports"}

func filter(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Filter {
	if len(p.Ports) == 0 {
		return rules.Filter{}
	}
	return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons {
		for _, taken := range n.Ports {
			for _, wanted := range p.Ports {
				if taken.Conflicts(wanted) {
					return 1
				}
			}
		}
		return 0
	}}
}
