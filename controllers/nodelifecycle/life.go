package nodelifecycle

import (
	"sync"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/facts/nodes"
)

// life remembers when each node was last seen alive. It is safe for concurrent use.
type life struct {
	mu    sync.Mutex
	nodes map[string]sighting
}

// sighting is what was last seen of a node.
type sighting struct {
	uid   types.UID
	pulse pulse
	// at is when the pulse was seen to beat.
	at time.Time
	// told is the status of the node's condition that its pods were told of.
	told corev1.ConditionStatus
}

// pulse is what a living node changes.
type pulse struct {
	renewed   int64 // the lease's time, in nanoseconds
	heartbeat int64 // the status' time, in seconds
	ready     corev1.ConditionStatus
}

func pulseOf(node *corev1.Node, lease *coordinationv1.Lease) pulse {
	var p pulse
	if lease != nil && lease.Spec.RenewTime != nil {
		p.renewed = lease.Spec.RenewTime.UnixNano()
	}
	if c := nodes.Condition(&node.Status, corev1.NodeReady); c != nil {
		p.heartbeat, p.ready = c.LastHeartbeatTime.Unix(), c.Status
	}
	return p
}

// see takes in what a node shows now. first tells that the node was not known.
func (l *life) see(node *corev1.Node, lease *coordinationv1.Lease, now time.Time) (s sighting, first bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before, known := l.nodes[node.Name]
	known = known && before.uid == node.UID
	p := pulseOf(node, lease)
	s = sighting{uid: node.UID, pulse: p, at: before.at, told: before.told}
	if !known {
		s.told = ""
	}
	still := p
	if p.ready == corev1.ConditionUnknown {
		still.ready = before.pulse.ready // that is what we say of it, not the node of itself
	}
	if !known || still != before.pulse {
		s.at = now
	}
	if l.nodes == nil {
		l.nodes = map[string]sighting{}
	}
	l.nodes[node.Name] = s
	return s, !known
}

// tell notes what the node's pods have been told.
func (l *life) tell(name string, ready corev1.ConditionStatus) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s, ok := l.nodes[name]; ok {
		s.told = ready
		l.nodes[name] = s
	}
}

// forget drops a node; false where it was not known.
func (l *life) forget(name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, known := l.nodes[name]
	delete(l.nodes, name)
	return known
}
