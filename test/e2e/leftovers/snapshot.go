package leftovers

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Snapshot is the state of the kernel, as lines of text by what they are about.
type Snapshot map[string][]string

// Within calls a function in the cluster's network namespace.
type Within func(func() error) error

// Take takes a snapshot of what there is of the data directory DIR/data, and of the network that within leads to, if it is not
// nil. DIR's last part must be unique on this machine. What cannot be read here (no nft, not root) is an empty section.
func Take(dir string, within Within) (Snapshot, error) {
	s := Snapshot{}
	read := func(name string, section func() ([]string, error)) error {
		lines, err := section()
		if err != nil {
			return fmt.Errorf("looking at %s: %w", name, err)
		}
		s[name] = lines
		return nil
	}
	for name, section := range machine {
		if err := read(name, func() ([]string, error) { return section(dir) }); err != nil {
			return nil, err
		}
	}
	if within == nil {
		return s, nil
	}
	for name, section := range network {
		if err := within(func() error { return read(name, section) }); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Since returns how s differs from before: lines that came, with a plus, and lines that went, with a minus.
func (s Snapshot) Since(before Snapshot) Snapshot {
	left := Snapshot{}
	for name := range union(s, before) {
		counts := map[string]int{}
		for _, l := range before[name] {
			counts[l]++
		}
		for _, l := range s[name] {
			if counts[l]--; counts[l] < 0 {
				left[name] = append(left[name], "+ "+l)
			}
		}
		for _, l := range slices.Sorted(maps.Keys(counts)) {
			for range counts[l] { // none, if it is not positive
				left[name] = append(left[name], "- "+l)
			}
		}
	}
	return left
}

func union(a, b Snapshot) map[string]bool {
	names := map[string]bool{}
	for name := range a {
		names[name] = true
	}
	for name := range b {
		names[name] = true
	}
	return names
}

// Empty tells whether there is nothing in it.
func (s Snapshot) Empty() bool {
	for _, lines := range s {
		if len(lines) > 0 {
			return false
		}
	}
	return true
}

func (s Snapshot) String() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(s)) {
		for _, l := range s[name] {
			fmt.Fprintf(&b, "  %s: %s\n", name, l)
		}
	}
	return b.String()
}
