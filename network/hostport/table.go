package hostport

import (
	"fmt"
	"net/netip"
	"slices"

	"argosy.dev/network/nft"
)

// Table is which host port is whose.
type Table struct {
	byPort  map[portKey][]holding
	byOwner map[string]*ownership
}

type portKey struct {
	protocol uint8
	port     uint16
}

type holding struct {
	port  Port
	owner Owner
}

type ownership struct {
	ports     []Port
	addresses []netip.Addr
}

// NewTable returns a table without ports.
func NewTable() *Table {
	return &Table{byPort: map[portKey][]holding{}, byOwner: map[string]*ownership{}}
}

// Open gives the ports to the pod, all of them or none, and returns what that adds to the maps. A port that another pod
// has is refused with a *ConflictError; so is one that the pod's addresses cannot serve.
func (t *Table) Open(owner Owner, addresses []netip.Addr, ports []Port) ([]nft.Update, error) {
	if len(ports) == 0 {
		return nil, nil
	}
	if _, ok := t.byOwner[owner.Sandbox]; ok {
		return nil, fmt.Errorf("the host ports of pod %s are open already", owner.Pod)
	}
	for i, p := range ports {
		if err := p.check(); err != nil {
			return nil, err
		}
		if len(targets(p, addresses)) == 0 {
			return nil, fmt.Errorf("host port %s: the pod has no address of that family", p)
		}
		for _, h := range t.byPort[p.key()] {
			if h.port.overlaps(p) {
				return nil, &ConflictError{Port: p, Holder: h.owner}
			}
		}
		if slices.ContainsFunc(ports[:i], p.overlaps) {
			return nil, &ConflictError{Port: p, Holder: owner}
		}
	}
	own := &ownership{slices.Clone(ports), slices.Clone(addresses)}
	t.byOwner[owner.Sandbox] = own
	for _, p := range ports {
		t.byPort[p.key()] = append(t.byPort[p.key()], holding{p, owner})
	}
	added := own.elements()
	out := make([]nft.Update, 0, len(added))
	for _, e := range added {
		out = append(out, nft.Update{Set: e.set, Add: e.elements})
	}
	return out, nil
}

// Close takes the ports of a sandbox away and returns what that removes from the maps. One that has none changes nothing.
func (t *Table) Close(sandbox string) []nft.Update {
	own, ok := t.byOwner[sandbox]
	if !ok {
		return nil
	}
	delete(t.byOwner, sandbox)
	for _, p := range own.ports {
		left := slices.DeleteFunc(t.byPort[p.key()], func(h holding) bool { return h.owner.Sandbox == sandbox })
		if len(left) == 0 {
			delete(t.byPort, p.key())
		} else {
			t.byPort[p.key()] = left
		}
	}
	removed := own.elements()
	out := make([]nft.Update, 0, len(removed))
	for _, e := range removed {
		out = append(out, nft.Update{Set: e.set, Remove: e.elements})
	}
	return out
}

// Fill adds everything that is open to the sets of a frame.
func (t *Table) Fill(sets []nft.Set) {
	for _, own := range t.byOwner {
		for _, e := range own.elements() {
			i := slices.IndexFunc(sets, func(s nft.Set) bool { return s.Name == e.set })
			if i < 0 {
				continue // a family that this node no longer has
			}
			for _, element := range e.elements {
				sets[i].Elements[element.Key] = element.Value
			}
		}
	}
}

func (p Port) key() portKey { return portKey{p.Protocol.number(), p.HostPort} }

// targets returns the addresses of the pod that serve the port.
func targets(p Port, addresses []netip.Addr) []netip.Addr {
	if !p.HostIP.IsValid() {
		return addresses
	}
	return slices.DeleteFunc(slices.Clone(addresses), func(a netip.Addr) bool { return a.Is4() != p.HostIP.Is4() })
}

type setElements struct {
	set      string
	elements []nft.Element
}

// elements lists what the ports put into which set, in a stable order.
func (o *ownership) elements() []setElements {
	var out []setElements
	add := func(set string, e nft.Element) {
		i := slices.IndexFunc(out, func(s setElements) bool { return s.set == set })
		if i < 0 {
			out = append(out, setElements{set: set})
			i = len(out) - 1
		}
		if !slices.Contains(out[i].elements, e) {
			out[i].elements = append(out[i].elements, e)
		}
	}
	for _, p := range o.ports {
		for _, a := range targets(p, o.addresses) {
			key := nft.Concat(nft.Proto(p.Protocol.number()), nft.Port(p.HostPort))
			to := nft.Concat(nft.Address(a), nft.Port(p.ContainerPort))
			if p.HostIP.IsValid() && !p.HostIP.IsUnspecified() {
				add(setName("bound", a), nft.Element{Key: nft.Concat(nft.Address(p.HostIP), key), Value: to})
			} else {
				add(setName("any", a), nft.Element{Key: key, Value: to})
			}
			add(setName("self", a), nft.Element{Key: nft.Concat(nft.Address(a), nft.Address(a))})
		}
	}
	return out
}
