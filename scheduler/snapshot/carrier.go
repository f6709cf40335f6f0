package snapshot

import "iter"

// Role is what pods say in a term.
type Role uint8

// The roles of terms.
const (
	Attracts      Role = iota // required affinity
	Repels                    // required anti-affinity
	LikesNear                 // preferred affinity
	LikesFarAway              // preferred anti-affinity
	numberOfRoles = iota
)

// Carrier is a term that pods on nodes carry, with how often it is carried in each domain (times its weight for a wish).
type Carrier struct {
	Term *Term
	*Tally
	carried int
}

type carrierKey struct {
	tallyKey
	role   Role
	weight int32
}

func (p *Pod) terms(r Role) []*Term {
	switch r {
	case Attracts:
		return p.Affinity
	case Repels:
		return p.AntiAffinity
	case LikesNear:
		return p.PreferredAffinity
	}
	return p.PreferredAntiAffinity
}

// About yields the terms of pods on nodes that mean p.
func (s *Snapshot) About(r Role, p *Pod) iter.Seq[*Carrier] {
	return func(yield func(*Carrier) bool) {
		for c := range s.carried[r].about(p) {
			if s.Matches(c.Term, p) && !yield(c) {
				return
			}
		}
	}
}

// Carried tells whether any pod on a node has a term of that role.
func (s *Snapshot) Carried(r Role) bool { return len(s.carried[r].filed) > 0 }

// carry adds the terms of a pod that comes to, or takes away those of one that goes from, a node.
func (s *Snapshot) carry(n *Node, p *Pod, times int32) {
	for r := range Role(numberOfRoles) {
		for _, t := range p.terms(r) {
			key := carrierKey{tallyKey{t.who, t.TopologyKey}, r, t.Weight}
			c := s.carriers[key]
			if c == nil {
				c = s.newCarrier(key, t)
			}
			c.add(n, times*max(1, t.Weight))
			if c.carried += int(times); c.carried == 0 {
				delete(s.carriers, key)
				delete(c.topology.tallies, c.Tally)
				s.carried[r].remove(t, c)
			}
		}
	}
}

func (s *Snapshot) newCarrier(key carrierKey, t *Term) *Carrier {
	c := &Carrier{Term: t, Tally: &Tally{topology: s.topology(t.TopologyKey)}}
	c.of = func(p *Pod) (sum int32) {
		for _, o := range p.terms(key.role) {
			if o.who == t.who && o.TopologyKey == t.TopologyKey && o.Weight == t.Weight {
				sum += max(1, t.Weight)
			}
		}
		return sum
	}
	s.carriers[key] = c
	s.carried[key.role].add(t, c)
	c.topology.tallies[c.Tally] = struct{}{}
	return c
}
