package nft

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Fake is a Kernel in memory.
type Fake struct {
	mu         sync.Mutex
	tables     map[string]*Table
	generation uint32
	failure    error
	commits    [][]Change
}

// NewFake returns a kernel without tables.
func NewFake() *Fake { return &Fake{tables: map[string]*Table{}, generation: 1} }

// Fail makes every following Commit fail with err; nil ends that.
func (f *Fake) Fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failure = err
}

// Flush deletes all tables, as an administrator's flush of the rules does.
func (f *Fake) Flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.tables)
	f.generation++
}

// Commits returns how many changes each commit had so far.
func (f *Fake) Commits() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []int
	for _, c := range f.commits {
		out = append(out, len(c))
	}
	return out
}

// Read returns a copy of the table as a kernel gives it: rules have lost their text.
func (f *Fake) Read(name string) (*Table, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t, ok := f.tables[name]
	if !ok {
		return nil, nil
	}
	c := clone(t)
	for _, chain := range c.Chains {
		for i, r := range chain.Rules {
			chain.Rules[i] = Rule{mark: r.mark}
		}
	}
	return c, nil
}

// Commit makes the changes, refusing what a kernel refuses.
func (f *Fake) Commit(name string, changes []Change) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failure != nil {
		return f.failure
	}
	t, err := try(clone(f.tables[name]), name, changes)
	if err != nil {
		return err
	}
	f.generation++
	f.commits = append(f.commits, changes)
	if t == nil {
		delete(f.tables, name)
	} else {
		f.tables[name] = t
	}
	return nil
}

func try(t *Table, name string, changes []Change) (*Table, error) {
	for _, c := range changes {
		if t == nil && c.Op != AddTable {
			return nil, errors.New("no such table")
		}
		if c.Op == DeleteElements || c.Op == AddElements {
			s, ok := find(t.Sets, c.Set.Name)
			if !ok {
				return nil, fmt.Errorf("no such set: %s", c.Set.Name)
			}
			for _, e := range c.Elements {
				v, ok := s.Elements[e.Key]
				if c.Op == DeleteElements && !ok {
					return nil, fmt.Errorf("no such element: %s", format(s.Key, e.Key))
				}
				if c.Op == AddElements && ok && v != e.Value {
					return nil, fmt.Errorf("element with another value: %s", format(s.Key, e.Key))
				}
			}
		}
		t = apply(t, name, []Change{c})
	}
	return t, nil
}

// Generation counts commits.
func (f *Fake) Generation() (uint32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.generation, nil
}

// Close does nothing.
func (f *Fake) Close() error { return nil }

// String prints all tables.
func (f *Fake) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(f.tables)) {
		b.WriteString(f.tables[name].String())
	}
	return b.String()
}

// String prints the table in the manner of the nft tool, sets and chains by name.
func (t *Table) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "table inet %s {\n", t.Name)
	for _, s := range slices.SortedFunc(slices.Values(t.Sets), func(x, y Set) int { return strings.Compare(x.Name, y.Name) }) {
		kind, types := "set", typeNames(s.Key)
		if len(s.Value) > 0 {
			kind, types = "map", types+" : "+typeNames(s.Value)
		}
		fmt.Fprintf(&b, "  %s %s { type %s }\n", kind, s.Name, types)
		for _, k := range slices.Sorted(maps.Keys(s.Elements)) {
			b.WriteString("    " + format(s.Key, k))
			if len(s.Value) > 0 {
				b.WriteString(" : " + format(s.Value, s.Elements[k]))
			}
			b.WriteString("\n")
		}
	}
	for _, c := range slices.SortedFunc(slices.Values(t.Chains), func(x, y Chain) int { return strings.Compare(x.Name, y.Name) }) {
		fmt.Fprintf(&b, "  chain %s", c.Name)
		if c.Hook != nil {
			fmt.Fprintf(&b, " { type %s hook %s priority %d }", c.Hook.Type, c.Hook.Point, c.Hook.Priority)
		}
		b.WriteString("\n")
		for _, r := range c.Rules {
			b.WriteString("    " + r.Text + "\n")
		}
	}
	b.WriteString("}\n")
	return b.String()
}
