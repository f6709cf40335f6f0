package csinode

import storagev1 "k8s.io/api/storage/v1"

// The store's encoding does not tell an empty list from none, and none is what is shown.
func prepareCreate(n *storagev1.CSINode) {
	if len(n.Spec.Drivers) == 0 {
		n.Spec.Drivers = nil
	}
	for i := range n.Spec.Drivers {
		if d := &n.Spec.Drivers[i]; len(d.TopologyKeys) == 0 {
			d.TopologyKeys = nil
		}
	}
}

func prepareUpdate(n, _ *storagev1.CSINode) { prepareCreate(n) }
