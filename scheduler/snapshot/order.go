package snapshot

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Nodes returns the nodes that are there, one of each zone in turn, so that any stretch of the list has nodes of all zones. Do not change it.
func (s *Snapshot) Nodes() []*Node {
	if s.order == nil {
		s.order = interleave(s.nodes)
	}
	return s.order
}

func interleave(nodes map[string]*Node) []*Node {
	zones := map[[2]string][]*Node{}
	for _, name := range slices.Sorted(maps.Keys(nodes)) {
		n := nodes[name]
		if n.Object == nil {
			continue
		}
		zone := [2]string{n.Object.Labels[corev1.LabelTopologyRegion], n.Object.Labels[corev1.LabelTopologyZone]}
		zones[zone] = append(zones[zone], n)
	}
	lists := make([][]*Node, 0, len(zones))
	for _, zone := range slices.SortedFunc(maps.Keys(zones), compareZones) {
		lists = append(lists, zones[zone])
	}
	order := make([]*Node, 0, len(nodes))
	for i := 0; len(lists) > 0; i++ {
		kept := lists[:0]
		for _, list := range lists {
			order = append(order, list[i])
			if i+1 < len(list) {
				kept = append(kept, list)
			}
		}
		lists = kept
	}
	return order
}

func compareZones(a, b [2]string) int { return slices.Compare(a[:], b[:]) }
