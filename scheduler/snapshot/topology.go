package snapshot

// nowhere is the domain of a node that does not have the label.
const nowhere int32 = -1

// topology divides the nodes into domains by the values of one label. Domains are numbered; a number is used again after its last node is gone.
type topology struct {
	key string
	// at holds each node's domain, by slot.
	at    []int32
	index map[string]int32
	// values and nodes are by domain; nodes is 0 where the number is free.
	values []string
	nodes  []int32
	free   []int32
	// missing is how many nodes do not have the label.
	missing int
	tallies map[*Tally]struct{}
	used    uint64
}

// domains is how many values there are.
func (t *topology) domains() int { return len(t.index) }

// domain of a slot; slots beyond the last were never a node's.
func (t *topology) domain(slot int32) int32 {
	if int(slot) >= len(t.at) {
		return nowhere
	}
	return t.at[slot]
}

// place puts a node where its label says.
func (t *topology) place(n *Node) {
	for int(n.Slot) >= len(t.at) {
		t.at = append(t.at, nowhere)
	}
	value, ok := n.Object.Labels[t.key]
	if !ok {
		t.at[n.Slot] = nowhere
		t.missing++
		return
	}
	d, ok := t.index[value]
	if !ok {
		if last := len(t.free) - 1; last >= 0 {
			d = t.free[last]
			t.free = t.free[:last]
			t.values[d] = value
		} else {
			d = int32(len(t.nodes))
			t.nodes = append(t.nodes, 0)
			t.values = append(t.values, value)
		}
		t.index[value] = d
	}
	t.nodes[d]++
	t.at[n.Slot] = d
}

// displace takes a node out.
func (t *topology) displace(n *Node) {
	d := t.at[n.Slot]
	t.at[n.Slot] = nowhere
	if d == nowhere {
		t.missing--
		return
	}
	if t.nodes[d]--; t.nodes[d] == 0 {
		delete(t.index, t.values[d])
		t.free = append(t.free, d)
	}
}

// maxTopologies is how many are kept; beyond that the one longest unused goes, of those in which nothing is tallied.
const maxTopologies = 128

// topology returns the division by a label, made at its first use.
func (s *Snapshot) topology(key string) *topology {
	s.uses++
	t := s.topologies[key]
	if t == nil {
		if len(s.topologies) >= maxTopologies {
			s.dropTopology()
		}
		t = &topology{key: key, index: map[string]int32{}, tallies: map[*Tally]struct{}{}}
		for _, n := range s.nodes {
			if n.Object != nil {
				t.place(n)
			}
		}
		s.topologies[key] = t
	}
	t.used = s.uses
	return t
}

func (s *Snapshot) dropTopology() {
	var oldest *topology
	for _, t := range s.topologies {
		if len(t.tallies) == 0 && (oldest == nil || t.used < oldest.used) {
			oldest = t
		}
	}
	if oldest != nil {
		delete(s.topologies, oldest.key)
	}
}
