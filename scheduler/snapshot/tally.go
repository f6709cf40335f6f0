package snapshot

import (
	"iter"
	"slices"
)

// maxTallies is how many counts of matching pods are kept; beyond that the one longest unused goes. It is counted again when it is wanted.
const maxTallies = 1024

// Tally adds up something of pods over the domains of a topology, and keeps doing so as pods and nodes come and go.
// It may be asked until the next change of its snapshot that is followed by a call for another tally.
type Tally struct {
	topology *topology
	of       func(p *Pod) int32
	// sums is by domain, and may be shorter than there are domains.
	sums  []int32
	total int64
	// byNode is by slot; nil until somebody wants it.
	byNode []int32

	used uint64
	key  tallyKey
	// terms are those that pods must match; nil for what pods themselves say.
	terms []*Term
}

type tallyKey struct{ who, topologyKey string }

// On returns the sum of the node's domain; ok is false where the node has none.
func (t *Tally) On(n *Node) (sum int32, ok bool) {
	d := t.topology.domain(n.Slot)
	if d == nowhere {
		return 0, false
	}
	return t.sum(d), true
}

func (t *Tally) sum(domain int32) int32 {
	if int(domain) >= len(t.sums) {
		return 0
	}
	return t.sums[domain]
}

// Domain numbers the node's domain, below Bound; negative where it has none.
func (t *Tally) Domain(n *Node) int32 { return t.topology.domain(n.Slot) }

// Bound is above every domain's number.
func (t *Tally) Bound() int { return len(t.topology.nodes) }

// Domains is how many domains there are, and Missing how many nodes are in none.
func (t *Tally) Domains() int { return t.topology.domains() }

// Missing is how many nodes are in no domain.
func (t *Tally) Missing() int { return t.topology.missing }

// Total is the sum over all domains.
func (t *Tally) Total() int64 { return t.total }

// Min is the smallest sum of a domain; 0 where there is none.
func (t *Tally) Min() int32 {
	least, found := int32(0), false
	for d, nodes := range t.topology.nodes {
		if nodes == 0 {
			continue
		}
		if sum := t.sum(int32(d)); !found || sum < least {
			least, found = sum, true
		}
	}
	return least
}

// OnNode is what the node itself adds to its domain.
func (t *Tally) OnNode(n *Node) int32 {
	if int(n.Slot) >= len(t.byNode) {
		return 0
	}
	return t.byNode[n.Slot]
}

// add counts c more on a node.
func (t *Tally) add(n *Node, c int32) {
	if t.byNode != nil {
		t.byNode = grown(t.byNode, n.Slot)
		t.byNode[n.Slot] += c
	}
	d := t.topology.domain(n.Slot)
	if d == nowhere {
		return
	}
	t.sums = grown(t.sums, d)
	t.sums[d] += c
	t.total += int64(c)
}

func grown(list []int32, i int32) []int32 {
	if int(i) < len(list) {
		return list
	}
	return append(list, make([]int32, int(i)+1-len(list))...)
}

// whole is what the node's pods come to together.
func (t *Tally) whole(n *Node) (c int32) {
	for _, p := range n.Pods {
		c += t.of(p)
	}
	return c
}

// Matching counts the pods that all terms mean, over the domains of a node label. perNode asks for OnNode as well.
func (s *Snapshot) Matching(terms []*Term, topologyKey string, perNode bool) *Tally {
	key := tallyKey{terms[0].who, topologyKey}
	for _, t := range terms[1:] {
		key.who += "&" + t.who
	}
	s.uses++
	t := s.matching[key]
	if t == nil {
		t = s.count(key, terms)
	}
	t.used = s.uses
	if perNode && t.byNode == nil {
		t.byNode = make([]int32, len(s.slots))
		for _, n := range s.nodes {
			t.byNode[n.Slot] = t.whole(n)
		}
	}
	return t
}

// count makes a tally of matching pods. It is the one place where all pods are looked at.
func (s *Snapshot) count(key tallyKey, terms []*Term) *Tally {
	if len(s.matching) >= maxTallies {
		var oldest *Tally
		for _, t := range s.matching {
			if oldest == nil || t.used < oldest.used {
				oldest = t
			}
		}
		s.forget(oldest)
	}
	t := &Tally{topology: s.topology(key.topologyKey), key: key, terms: terms}
	t.of = func(p *Pod) int32 {
		if s.MatchesAll(terms, p) {
			return 1
		}
		return 0
	}
	for _, n := range s.nodes {
		if c := t.whole(n); c != 0 {
			t.add(n, c)
		}
	}
	s.matching[key] = t
	t.topology.tallies[t] = struct{}{}
	s.wanted.add(terms[0], t)
	return t
}

func (s *Snapshot) forget(t *Tally) {
	delete(s.matching, t.key)
	delete(t.topology.tallies, t)
	s.wanted.remove(t.terms[0], t)
}

// tell adds a pod to, or takes it from, the tallies that it counts in.
func (s *Snapshot) tell(n *Node, p *Pod, times int32) {
	for t := range s.wanted.about(p) {
		if c := t.of(p); c != 0 {
			t.add(n, times*c)
		}
	}
	s.carry(n, p, times)
}

// lookup finds what was filed under terms by a pod that the terms may mean, without trying them all.
type lookup[T comparable] struct {
	filed map[place][]T
}

// place is a namespace ("" for any) and a label that the pods have, if one is known.
type place struct {
	namespace string
	pin       pin
}

func (l *lookup[T]) places(t *Term) []place {
	if t.among != nil {
		return []place{{"", t.pin}}
	}
	places := make([]place, len(t.namespaces))
	for i, ns := range t.namespaces {
		places[i] = place{ns, t.pin}
	}
	return places
}

func (l *lookup[T]) add(t *Term, item T) {
	if l.filed == nil {
		l.filed = map[place][]T{}
	}
	for _, p := range l.places(t) {
		l.filed[p] = append(l.filed[p], item)
	}
}

func (l *lookup[T]) remove(t *Term, item T) {
	for _, p := range l.places(t) {
		list := l.filed[p]
		if i := slices.Index(list, item); i >= 0 {
			list = slices.Delete(list, i, i+1)
		}
		if len(list) == 0 {
			delete(l.filed, p)
		} else {
			l.filed[p] = list
		}
	}
}

// about yields what is filed under terms that may mean the pod, each once.
func (l *lookup[T]) about(p *Pod) iter.Seq[T] {
	return func(yield func(T) bool) {
		if len(l.filed) == 0 {
			return
		}
		each := func(at place) bool {
			for _, item := range l.filed[at] {
				if !yield(item) {
					return false
				}
			}
			return true
		}
		for _, namespace := range [...]string{p.Object.Namespace, ""} {
			if !each(place{namespace: namespace}) {
				return
			}
			for key, value := range p.Object.Labels {
				if !each(place{namespace, pin{key, value}}) {
					return
				}
			}
		}
	}
}
