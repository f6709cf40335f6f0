package snapshot

import (
	"maps"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// Snapshot is the picture. Make one with New.
type Snapshot struct {
	Storage

	nodes map[string]*Node
	slots []*Node // by Node.Slot
	free  []int32
	// order is the nodes that are there, in the order to try them; nil when it must be made again.
	order []*Node
	pods  map[types.UID]placed

	namespaces map[string]labels.Set

	topologies map[string]*topology
	matching   map[tallyKey]*Tally
	wanted     lookup[*Tally]
	carriers   map[carrierKey]*Carrier
	carried    [numberOfRoles]lookup[*Carrier]
	uses       uint64

	hard, soft, cordoned int
	changes, gains       uint64
}

// placed is a pod and where it is.
type placed struct {
	pod  *Pod
	node *Node
}

// New makes an empty snapshot.
func New() *Snapshot {
	return &Snapshot{
		Storage: newStorage(),
		nodes:   map[string]*Node{}, pods: map[types.UID]placed{}, namespaces: map[string]labels.Set{},
		topologies: map[string]*topology{}, matching: map[tallyKey]*Tally{}, carriers: map[carrierKey]*Carrier{},
	}
}

// Node finds a node that is there.
func (s *Snapshot) Node(name string) (*Node, bool) {
	n := s.nodes[name]
	return n, n != nil && n.Object != nil
}

// Tainted tells whether any node has taints that keep pods away (hard), or that make it less wanted (soft).
func (s *Snapshot) Tainted() (hard, soft bool) { return s.hard > 0, s.soft > 0 }

// Cordoned tells whether any node is unschedulable.
func (s *Snapshot) Cordoned() bool { return s.cordoned > 0 }

// Changes counts all changes. Gains counts those after which a pod may have room that had none before: as long as it stays the same, a pod
// that suited no node suits none, unless it asks for other pods.
func (s *Snapshot) Changes() uint64 { return s.changes }

// Gains is explained at Changes.
func (s *Snapshot) Gains() uint64 { return s.gains }

// SetNode takes in a node as it now is, and tells whether anything changed that scheduling looks at.
func (s *Snapshot) SetNode(obj *corev1.Node) (n *Node, changed bool) {
	n = s.nodes[obj.Name]
	if n == nil {
		n = s.newNode(obj.Name)
	}
	switch {
	case n.Object != nil && n.sameOffer(obj):
		n.Object = obj
		return n, false
	case n.Object != nil && maps.Equal(n.Object.Labels, obj.Labels):
		s.describe(n, obj)
	default:
		s.settle(n, obj)
		s.order = nil
	}
	s.changes++
	s.gains++
	return n, true
}

// RemoveNode takes out a node. Pods that are bound to it are remembered until they go.
func (s *Snapshot) RemoveNode(name string) {
	n := s.nodes[name]
	if n == nil || n.Object == nil {
		return
	}
	s.settle(n, nil)
	s.order = nil
	s.changes++
	s.gains++ // its pods no longer keep others out of its zone
	s.drop(n)
}

// settle moves a node, with what its pods count, to the domains that its labels now say.
func (s *Snapshot) settle(n *Node, obj *corev1.Node) {
	counted := map[*Tally]int32{}
	for _, t := range s.topologies {
		for tally := range t.tallies {
			if c := tally.whole(n); c != 0 {
				counted[tally] = c
				tally.add(n, -c)
			}
		}
		if n.Object != nil {
			t.displace(n)
		}
	}
	s.describe(n, obj)
	for _, t := range s.topologies {
		if obj != nil {
			t.place(n)
		}
	}
	for tally, c := range counted {
		tally.add(n, c)
	}
}

func (s *Snapshot) describe(n *Node, obj *corev1.Node) {
	s.census(n, -1)
	n.describe(obj)
	s.census(n, 1)
}

func (s *Snapshot) census(n *Node, times int) {
	if len(n.Hard) > 0 {
		s.hard += times
	}
	if len(n.Soft) > 0 {
		s.soft += times
	}
	if n.Unschedulable {
		s.cordoned += times
	}
}

func (s *Snapshot) newNode(name string) *Node {
	n := &Node{Name: name}
	if last := len(s.free) - 1; last >= 0 {
		n.Slot = s.free[last]
		s.free = s.free[:last]
		s.slots[n.Slot] = n
	} else {
		n.Slot = int32(len(s.slots))
		s.slots = append(s.slots, n)
	}
	s.nodes[name] = n
	return n
}

// drop forgets a node that is gone and has no pods.
func (s *Snapshot) drop(n *Node) {
	if n.Object == nil && len(n.Pods) == 0 {
		delete(s.nodes, n.Name)
		s.slots[n.Slot] = nil
		s.free = append(s.free, n.Slot)
	}
}

// Pod finds a pod that is on a node, or assumed to be.
func (s *Snapshot) Pod(uid types.UID) (p *Pod, node string, ok bool) {
	at, ok := s.pods[uid]
	if !ok {
		return nil, "", false
	}
	return at.pod, at.node.Name, true
}

// Place puts a pod on a node, taking it from where it was before, or takes in its newer version. It tells whether anything changed
// that other pods may have waited for.
func (s *Snapshot) Place(p *Pod, node string) (changed bool) {
	if was, ok := s.pods[p.UID()]; ok {
		if was.node.Name == node && was.pod.sameDemand(p) {
			s.replace(was, p)
			return false
		}
		s.Remove(p.UID())
	}
	n := s.nodes[node]
	if n == nil {
		n = s.newNode(node)
	}
	n.add(p)
	s.pods[p.UID()] = placed{p, n}
	s.tell(n, p, 1)
	s.changes++
	return true
}

// replace keeps all sums.
func (s *Snapshot) replace(was placed, p *Pod) {
	for i, o := range was.node.Pods {
		if o == was.pod {
			was.node.Pods[i] = p
		}
	}
	s.pods[p.UID()] = placed{p, was.node}
}

// Remove takes a pod from its node; nil where it is on none.
func (s *Snapshot) Remove(uid types.UID) *Node {
	at, ok := s.pods[uid]
	if !ok {
		return nil
	}
	delete(s.pods, uid)
	s.tell(at.node, at.pod, -1)
	at.node.remove(at.pod)
	s.drop(at.node)
	s.changes++
	s.gains++
	return at.node
}

// SetNamespace takes in a namespace's labels; nil for one that is gone. It tells whether that changed anything.
func (s *Snapshot) SetNamespace(name string, now map[string]string) (changed bool) {
	if old, had := s.namespaces[name]; maps.Equal(old, now) && had == (now != nil) {
		return false
	}
	if now == nil {
		delete(s.namespaces, name)
	} else {
		s.namespaces[name] = now
	}
	for _, t := range s.matching {
		for _, term := range t.terms {
			if term.among != nil {
				s.forget(t) // counted again when it is wanted
				break
			}
		}
	}
	s.changes++
	s.gains++
	return true
}
