package cpus

import (
	"cmp"
	"slices"
)

// choose takes n of the free processors: near as few parts of the memory as can be, whole cores first, then cores of which others have a part
// already. It returns fewer where there are fewer.
func (t Topology) choose(free Set, n int) Set {
	var chosen Set
	for _, near := range t.nearest(free, n) {
		chosen = chosen.And(t.cores(near.both(free), n-len(chosen)))
	}
	if len(chosen) < n {
		chosen = chosen.And(t.cores(free.Without(chosen), n-len(chosen)))
	}
	return chosen
}

// nearest are the parts of the memory that are used: one, if one has enough, the fullest that has; else those with most.
func (t Topology) nearest(free Set, n int) []Set {
	parts := slices.Clone(t.Memories)
	room := func(s Set) int { return len(s.both(free)) }
	slices.SortStableFunc(parts, func(a, b Set) int { return cmp.Compare(room(a), room(b)) })
	for _, p := range parts {
		if room(p) >= n {
			return []Set{p}
		}
	}
	slices.Reverse(parts)
	return parts
}

func (t Topology) cores(free Set, n int) Set {
	var chosen Set
	type part struct{ free Set }
	var whole, broken []part
	for _, c := range t.Cores {
		switch own := c.both(free); len(own) {
		case 0:
		case len(c):
			whole = append(whole, part{own})
		default:
			broken = append(broken, part{own})
		}
	}
	for len(whole) > 0 && n-len(chosen) >= len(whole[0].free) {
		chosen, whole = chosen.And(whole[0].free), whole[1:]
	}
	for _, p := range append(broken, whole...) {
		chosen = chosen.And(p.free[:min(len(p.free), n-len(chosen))])
	}
	if left := free.Without(chosen); len(chosen) < n {
		chosen = chosen.And(left[:min(len(left), n-len(chosen))])
	}
	return chosen
}

// spread is how many parts of the memory a set is near, and how many so many processors need at least on an empty machine.
func (t Topology) spread(s Set) int {
	n := 0
	for _, m := range t.Memories {
		if len(m.both(s)) > 0 {
			n++
		}
	}
	return n
}

func (t Topology) least(n int) int {
	sizes := make([]int, len(t.Memories))
	for i, m := range t.Memories {
		sizes[i] = len(m)
	}
	slices.Sort(sizes)
	slices.Reverse(sizes)
	for i, size := range sizes {
		if n -= size; n <= 0 {
			return i + 1
		}
	}
	return len(sizes)
}
