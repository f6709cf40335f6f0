package nft

import (
	"slices"
	"strings"
)

// Op is what a Change does.
type Op int

// The steps of a transaction, in the order in which Diff gives them.
const (
	AddTable Op = iota
	DeleteTable
	AddSet // empty
	AddChain
	SetRules // replaces all rules of the chain
	DeleteChain
	DeleteSet
	DeleteElements
	AddElements
)

// Change is one step of a transaction.
type Change struct {
	Op Op
	// Set is what AddSet, DeleteSet and the element steps are about.
	Set Set
	// Chain is what AddChain, SetRules and DeleteChain are about.
	Chain Chain
	// Elements is what the element steps take away or add, ordered by key.
	Elements []Element
}

// Diff returns the changes that lead from have (nil: the table is not there) to want. No changes, no difference.
func Diff(have *Table, want Table) []Change {
	var out []Change
	if have == nil {
		out = append(out, Change{Op: AddTable})
		have = &Table{Name: want.Name}
	}
	var replaced []string // sets whose types changed: whoever looks into them is made anew
	for _, s := range want.Sets {
		if old, ok := find(have.Sets, s.Name); ok && !sameShape(old, s) {
			replaced = append(replaced, s.Name)
		}
	}
	if len(replaced) > 0 { // rules may look into what goes: rather than track them, start over
		return append([]Change{{Op: DeleteTable}}, Diff(nil, want)...)
	}
	for _, s := range want.Sets {
		if _, ok := find(have.Sets, s.Name); !ok {
			out = append(out, Change{Op: AddSet, Set: s})
		}
	}
	var rules []Change
	for _, c := range want.Chains {
		old, ok := findChain(have.Chains, c.Name)
		if ok && !sameHook(old.Hook, c.Hook) {
			out = append(out, Change{Op: DeleteChain, Chain: old})
			old, ok = Chain{}, false
		}
		if !ok {
			out = append(out, Change{Op: AddChain, Chain: c})
		}
		if !slices.EqualFunc(old.Rules, c.Rules, sameRule) {
			rules = append(rules, Change{Op: SetRules, Chain: c})
		}
	}
	out = append(out, rules...)
	for _, c := range have.Chains {
		if _, ok := findChain(want.Chains, c.Name); !ok {
			out = append(out, Change{Op: DeleteChain, Chain: c})
		}
	}
	for _, s := range have.Sets {
		if _, ok := find(want.Sets, s.Name); !ok {
			out = append(out, Change{Op: DeleteSet, Set: s})
		}
	}
	for _, s := range want.Sets {
		old, _ := find(have.Sets, s.Name)
		out = append(out, diffElements(s, old.Elements)...)
	}
	return out
}

func diffElements(want Set, have map[Datum]Datum) []Change {
	gone := Change{Op: DeleteElements, Set: want}
	added := Change{Op: AddElements, Set: want}
	for k, v := range have {
		if w, ok := want.Elements[k]; !ok || w != v {
			gone.Elements = append(gone.Elements, Element{k, v})
		}
	}
	for k, v := range want.Elements {
		if h, ok := have[k]; !ok || h != v {
			added.Elements = append(added.Elements, Element{k, v})
		}
	}
	var out []Change
	for _, c := range []Change{gone, added} {
		if len(c.Elements) > 0 {
			slices.SortFunc(c.Elements, func(a, b Element) int { return strings.Compare(string(a.Key), string(b.Key)) })
			out = append(out, c)
		}
	}
	return out
}

// apply makes the changes to the table in place, as a kernel does, and returns it; nil if they end without one.
func apply(t *Table, name string, changes []Change) *Table {
	for _, c := range changes {
		switch c.Op {
		case AddTable:
			t = &Table{Name: name}
		case DeleteTable:
			t = nil
		case AddSet:
			t.Sets = append(t.Sets, Set{Name: c.Set.Name, Key: c.Set.Key, Value: c.Set.Value, Elements: map[Datum]Datum{}})
		case DeleteSet:
			t.Sets = slices.DeleteFunc(t.Sets, func(s Set) bool { return s.Name == c.Set.Name })
		case AddChain:
			t.Chains = append(t.Chains, Chain{Name: c.Chain.Name, Hook: c.Chain.Hook})
		case SetRules:
			i := slices.IndexFunc(t.Chains, func(x Chain) bool { return x.Name == c.Chain.Name })
			t.Chains[i].Rules = slices.Clone(c.Chain.Rules)
		case DeleteChain:
			t.Chains = slices.DeleteFunc(t.Chains, func(x Chain) bool { return x.Name == c.Chain.Name })
		case AddElements:
			s, _ := find(t.Sets, c.Set.Name)
			for _, e := range c.Elements {
				s.Elements[e.Key] = e.Value
			}
		case DeleteElements:
			s, _ := find(t.Sets, c.Set.Name)
			for _, e := range c.Elements {
				delete(s.Elements, e.Key)
			}
		}
	}
	return t
}

func sameRule(a, b Rule) bool { return a.mark == b.mark }

func find(sets []Set, name string) (Set, bool) {
	i := slices.IndexFunc(sets, func(s Set) bool { return s.Name == name })
	if i < 0 {
		return Set{}, false
	}
	return sets[i], true
}

func findChain(chains []Chain, name string) (Chain, bool) {
	i := slices.IndexFunc(chains, func(c Chain) bool { return c.Name == name })
	if i < 0 {
		return Chain{}, false
	}
	return chains[i], true
}
