package decide

import (
	"iter"
	"math/rand/v2"

	"argosy.dev/scheduler/rules"
	"argosy.dev/scheduler/snapshot"
)

// Decider decides by a list of rules.
type Decider struct {
	rules  []rules.Rule
	random *rand.Rand
	// next is where in the circle of nodes the next search begins.
	next int

	// What follows is used again for each pod.
	filters  []prepared
	suitable []*snapshot.Node
	totals   []int64
	scores   []int64
}

// prepared is the filter of a rule, by its place in the list.
type prepared struct {
	rules.Filter
	rule int
}

// New makes a decider. The order of rules is the order in which nodes are checked; there may be 64.
func New(list []rules.Rule, random *rand.Rand) *Decider {
	return &Decider{rules: list, random: random}
}

// Decide chooses a node; nil, and why, where none suits.
func (d *Decider) Decide(p *snapshot.Pod, s *snapshot.Snapshot) (*snapshot.Node, *Refusal) {
	nodes := s.Nodes()
	if len(nodes) == 0 {
		return nil, &Refusal{Message: "no nodes available to schedule pods"}
	}
	if refusal := d.prepare(p, s, len(nodes)); refusal != nil {
		return nil, refusal
	}
	if refusal := d.filter(nodes, s); refusal != nil {
		return nil, refusal
	}
	if len(d.suitable) == 1 {
		return d.suitable[0], nil
	}
	return d.best(p, s), nil
}

// prepare asks each rule what it demands of nodes.
func (d *Decider) prepare(p *snapshot.Pod, s *snapshot.Snapshot, nodes int) *Refusal {
	d.filters = d.filters[:0]
	for i := range d.rules {
		if d.rules[i].Filter == nil {
			continue
		}
		f := d.rules[i].Filter(p, s)
		if f.Impossible != "" {
			return impossible(i, nodes, f.Impossible)
		}
		if f.Check != nil || f.Only != nil {
			d.filters = append(d.filters, prepared{f, i})
		}
	}
	return nil
}

// filter fills suitable.
func (d *Decider) filter(nodes []*snapshot.Node, s *snapshot.Snapshot) *Refusal {
	d.suitable = d.suitable[:0]
	tally := newCount(d.filters)
	if only, by := d.only(s); by >= 0 {
		for _, n := range only {
			d.check(n, tally)
		}
		if len(d.suitable) == 0 {
			return tally.refusal(d.rules, len(nodes), len(nodes)-len(only), by)
		}
		return nil
	}
	enough := sample(len(nodes))
	checked := 0
	for ; checked < len(nodes) && len(d.suitable) < enough; checked++ {
		d.check(nodes[(d.next+checked)%len(nodes)], tally)
	}
	d.next = (d.next + checked) % len(nodes)
	if len(d.suitable) == 0 {
		return tally.refusal(d.rules, len(nodes), 0, -1)
	}
	return nil
}

// only finds the nodes to which filters limit the search; by is the rule that does so, -1 where none does.
func (d *Decider) only(s *snapshot.Snapshot) (nodes []*snapshot.Node, by int) {
	for i := range d.filters {
		if d.filters[i].Only == nil {
			continue
		}
		for _, name := range d.filters[i].Only {
			if n, ok := s.Node(name); ok {
				nodes = append(nodes, n)
			}
		}
		return nodes, d.filters[i].rule
	}
	return nil, -1
}

// check adds the node to suitable, or counts why not.
func (d *Decider) check(n *snapshot.Node, c *count) {
	for i := range d.filters {
		if d.filters[i].Check == nil {
			continue
		}
		if reasons := d.filters[i].Check(n); reasons != 0 {
			c.add(i, reasons)
			return
		}
	}
	d.suitable = append(d.suitable, n)
}

// SuitsAny tells whether the pod could go to any of the nodes.
func (d *Decider) SuitsAny(p *snapshot.Pod, nodes iter.Seq[*snapshot.Node], s *snapshot.Snapshot) bool {
	if d.prepare(p, s, 0) != nil {
		return false
	}
	for n := range nodes {
		if n.Object != nil && d.suits(n) {
			return true
		}
	}
	return false
}

func (d *Decider) suits(n *snapshot.Node) bool {
	for i := range d.filters {
		if d.filters[i].Check != nil && d.filters[i].Check(n) != 0 {
			return false
		}
	}
	return true
}

// best scores the suitable nodes.
func (d *Decider) best(p *snapshot.Pod, s *snapshot.Snapshot) *snapshot.Node {
	count := len(d.suitable)
	d.totals, d.scores = zeroed(d.totals, count), zeroed(d.scores, count)
	for i := range d.rules {
		if d.rules[i].Score == nil {
			continue
		}
		score := d.rules[i].Score(p, s)
		if score == nil {
			continue
		}
		clear(d.scores)
		score(d.suitable, d.scores)
		for j, points := range d.scores {
			d.totals[j] += points * d.rules[i].Weight
		}
	}
	best, equals := 0, 1
	for i := 1; i < count; i++ {
		switch {
		case d.totals[i] > d.totals[best]:
			best, equals = i, 1
		case d.totals[i] == d.totals[best]:
			equals++
			if d.random.IntN(equals) == 0 {
				best = i
			}
		}
	}
	return d.suitable[best]
}

func zeroed(list []int64, n int) []int64 {
	if cap(list) < n {
		return make([]int64, n)
	}
	list = list[:n]
	clear(list)
	return list
}

// sample is how many suitable nodes are enough: all of up to 100, and a share of more that shrinks as they grow, down to 5 %.
func sample(nodes int) int {
	const all, leastPercent = 100, 5
	if nodes <= all {
		return nodes
	}
	percent := max(leastPercent, 50-nodes/125)
	return max(all, nodes*percent/100)
}
