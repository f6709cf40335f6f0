package fit

import (
	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Rule is upstream's NodeResourcesFit with its default strategy, LeastAllocated.
func Rule() rules.Rule {
	return rules.Rule{Name: "NodeResourcesFit", Filter: filter, Score: score, Weight: 1}
}

// The bits of the reasons; those of other resources follow.
const (
	tooManyPods rules.Reasons = 1 << iota
	noCPU
	noMemory
	noStorage
	firstOther
)

var names = []string{"Too many pods", "Insufficient cpu", "Insufficient memory", "Insufficient ephemeral-storage"}

func filter(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Filter {
	want := &p.Requests
	if len(want.Other) == 0 {
		return rules.Filter{Names: names, Check: func(n *snapshot.Node) rules.Reasons { return basic(want, n) }}
	}
	all := append(make([]string, 0, len(names)+len(want.Other)), names...)
	for _, a := range want.Other {
		all = append(all, "Insufficient "+string(a.Name))
	}
	return rules.Filter{Names: all, Check: func(n *snapshot.Node) rules.Reasons {
		r := basic(want, n)
		for i, a := range want.Other {
			if a.Value > n.Allocatable.Of(a.Name)-n.Requested.Of(a.Name) {
				r |= firstOther << i
			}
		}
		return r
	}}
}

// A resource that is not asked for does not matter, even where it is overdrawn.
func basic(want *snapshot.Resources, n *snapshot.Node) (r rules.Reasons) {
	if len(n.Pods) >= n.MaxPods {
		r |= tooManyPods
	}
	if want.CPU > 0 && want.CPU > n.Allocatable.CPU-n.Requested.CPU {
		r |= noCPU
	}
	if want.Memory > 0 && want.Memory > n.Allocatable.Memory-n.Requested.Memory {
		r |= noMemory
	}
	if want.Storage > 0 && want.Storage > n.Allocatable.Storage-n.Requested.Storage {
		r |= noStorage
	}
	return r
}

// score is the share of CPU and of memory that would be left, on average.
func score(p *snapshot.Pod, _ *snapshot.Snapshot) rules.Score {
	return func(nodes []*snapshot.Node, scores []int64) {
		for i, n := range nodes {
			sum, parts := int64(0), int64(0)
			if n.Allocatable.CPU > 0 {
				sum += left(n.Allocatable.CPU, n.LoadCPU+p.LoadCPU)
				parts++
			}
			if n.Allocatable.Memory > 0 {
				sum += left(n.Allocatable.Memory, n.LoadMemory+p.LoadMemory)
				parts++
			}
			if parts > 0 {
				scores[i] = sum / parts
			}
		}
	}
}

func left(capacity, taken int64) int64 {
	if taken >= capacity {
		return 0
	}
	return (capacity - taken) * rules.MaxScore / capacity
}
