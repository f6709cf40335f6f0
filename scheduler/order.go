package scheduler

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/rules/balance"
	"argosy.dev/scheduler/rules/claims"
	"argosy.dev/scheduler/rules/cordon"
	"argosy.dev/scheduler/rules/fit"
	"argosy.dev/scheduler/rules/hostports"
	"argosy.dev/scheduler/rules/nodeaffinity"
	"argosy.dev/scheduler/rules/podaffinity"
	"argosy.dev/scheduler/rules/spread"
	"argosy.dev/scheduler/rules/taints"
)

// order is the rules in the order in which a node is checked: the first that refuses it is the one that is told.
//
// Upstream's NodeName is missing: a pod that names its node has one.
func order() []rules.Rule {
	return []rules.Rule{
		cordon.Rule(),
		taints.Rule(),
		nodeaffinity.Rule(),
		hostports.Rule(),
		fit.Rule(),
		claims.Rule(),
		spread.Rule(),
		podaffinity.Rule(),
		balance.Rule(),
	}
}
