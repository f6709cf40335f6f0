package nodelifecycle

import (
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/nodes"
)

const (
	// pace is the time between two nodes of a zone that are told to lose their pods, slow the one in a large zone that is mostly
	// down. In a small one that is mostly down nobody is told.
	pace = 10 * time.Second
	slow = 100 * time.Second
	// large is how many nodes a large zone has at least.
	large = 51
	// mostly is the share of nodes that are down in a zone that is mostly down, if they are more than two.
	mostly = 0.55
)

// tally counts the nodes of a zone.
type tally struct{ ready, down int }

// zoneOf names a node's zone by its labels.
func zoneOf(node *corev1.Node) string {
	return node.Labels[corev1.LabelTopologyRegion] + "\x00" + node.Labels[corev1.LabelTopologyZone]
}

func tallies(list []*corev1.Node) map[string]tally {
	zones := map[string]tally{}
	for _, node := range list {
		t := zones[zoneOf(node)]
		if nodes.Ready(node) {
			t.ready++
		} else {
			t.down++
		}
		zones[zoneOf(node)] = t
	}
	return zones
}

// interval is the time between two nodes of the zone that are told to lose their pods; 0: none is told. halted tells that none of the
// whole cluster may be.
func interval(all map[string]tally, zone string) (d time.Duration, halted bool) {
	halted = true
	for _, t := range all {
		halted = halted && t.ready == 0
	}
	if halted {
		return 0, true
	}
	t := all[zone]
	total := t.ready + t.down
	switch {
	case t.ready == 0 || t.down <= 2 || float64(t.down)/float64(total) < mostly:
		return pace, false
	case total >= large:
		return slow, false
	}
	return 0, false
}

// zones remembers which node of each zone was last told to lose its pods. It is safe for concurrent use.
type zones struct {
	mu   sync.Mutex
	last map[string]turn
}

type turn struct {
	node string
	at   time.Time
}

// ask decides about a node that is not ready, and takes the zone's turn where the answer is Evict; asking again in the same turn
// gives the same answer.
func (z *zones) ask(node *corev1.Node, all []*corev1.Node, now time.Time) Eviction {
	zone := zoneOf(node)
	every, halted := interval(tallies(all), zone)
	z.mu.Lock()
	defer z.mu.Unlock()
	last, before := z.last[zone]
	switch {
	case halted:
		return Halted
	case evicted(node):
		return Evict // it was told, perhaps for another reason
	case every == 0:
		return Later
	case before && last.node == node.Name:
	case before && now.Sub(last.at) < every:
		return Later
	}
	if z.last == nil {
		z.last = map[string]turn{}
	}
	z.last[zone] = turn{node.Name, now}
	return Evict
}
