package snapshot

import (
	"slices"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
)

// labelled is a requirement of a node's label, made quick for many nodes: where values are listed, their domains are looked up once, and each
// node's in the topology. (Looking into the maps of labels of thousands of nodes costs more than all else of a decision.)
type labelled struct {
	topology *topology
	domains  []int32
	other    *labels.Requirement // instead
}

func (l *labelled) match(n *Node) bool {
	if l.other != nil {
		return l.other.Matches(labels.Set(n.Object.Labels))
	}
	d := l.topology.domain(n.Slot)
	return d != nowhere && slices.Contains(l.domains, d)
}

func (s *Snapshot) labelled(list []labels.Requirement) []labelled {
	all := make([]labelled, len(list))
	for i := range list {
		if list[i].Operator() != selection.In {
			all[i].other = &list[i]
			continue
		}
		t := s.topology(list[i].Key())
		all[i].topology = t
		for _, value := range list[i].ValuesUnsorted() {
			if d, ok := t.index[value]; ok {
				all[i].domains = append(all[i].domains, d)
			}
		}
	}
	return all
}

func matchAll(list []labelled, n *Node) bool {
	for i := range list {
		if !list[i].match(n) {
			return false
		}
	}
	return true
}

// Select returns what tells whether a pod may go to a node. It holds until the snapshot changes.
func (s *Snapshot) Select(sel *Selection) func(n *Node) bool {
	if sel == nil {
		return func(*Node) bool { return true }
	}
	own := s.labelled(sel.labels)
	if !sel.required {
		return func(n *Node) bool { return matchAll(own, n) }
	}
	terms := make([]func(*Node) bool, len(sel.terms))
	for i := range sel.terms {
		terms[i] = s.Find(&sel.terms[i])
	}
	return func(n *Node) bool {
		if !matchAll(own, n) {
			return false
		}
		for _, term := range terms {
			if term(n) {
				return true
			}
		}
		return false
	}
}

// Find returns what tells whether the term means a node. It holds until the snapshot changes.
func (s *Snapshot) Find(t *Nodes) func(n *Node) bool {
	if t.none {
		return func(*Node) bool { return false }
	}
	list := s.labelled(t.labels)
	return func(n *Node) bool {
		for _, name := range t.in {
			if name != n.Name {
				return false
			}
		}
		return matchAll(list, n) && !slices.Contains(t.notIn, n.Name)
	}
}
