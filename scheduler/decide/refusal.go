package decide

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"argosy.dev/scheduler/rules"
)

// Refusal is why no node suits a pod.
type Refusal struct {
	// Rules are those that refused any node, one a bit in the order of the list.
	Rules uint64
	// Message is for people: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint(s)."
	Message string
}

// By tells whether the rule at that place in the list refused a node.
func (r *Refusal) By(rule int) bool { return r.Rules&(1<<rule) != 0 }

func impossible(rule, nodes int, why string) *Refusal {
	return &Refusal{Rules: 1 << rule, Message: none(nodes) + " " + why + "."}
}

func none(nodes int) string { return "0/" + strconv.Itoa(nodes) + " nodes are available:" }

// count is how often each filter gave each reason.
type count struct {
	filters []prepared
	times   [][]int
}

func newCount(filters []prepared) *count { return &count{filters: filters} }

func (c *count) add(filter int, reasons rules.Reasons) {
	if c.times == nil {
		c.times = make([][]int, len(c.filters))
	}
	if c.times[filter] == nil {
		c.times[filter] = make([]int, len(c.filters[filter].Names))
	}
	for r := uint64(reasons); r != 0; r &= r - 1 {
		c.times[filter][bits.TrailingZeros64(r)]++
	}
}

// refusal puts into words why none of the nodes suits; outside of them were not looked at because of the rule by.
func (c *count) refusal(list []rules.Rule, nodes, outside, by int) *Refusal {
	r := &Refusal{}
	var reasons []string
	for i, times := range c.times {
		for j, n := range times {
			if n > 0 {
				r.Rules |= 1 << c.filters[i].rule
				reasons = append(reasons, rules.Count(n, c.filters[i].Names[j]))
			}
		}
	}
	if outside > 0 {
		r.Rules |= 1 << by
		reasons = append(reasons, rules.Count(outside, "node(s) didn't satisfy plugin(s) ["+list[by].Name+"]"))
	}
	slices.Sort(reasons)
	r.Message = none(nodes) + " " + strings.Join(reasons, ", ") + "."
	return r
}
