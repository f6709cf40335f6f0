package resourceslice

import (
	"time"

	resourcev1 "k8s.io/api/resource/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// setDefaults tells since when taints are there, for who tolerates them for a time.
func setDefaults(s *resourcev1.ResourceSlice) {
	for i := range s.Spec.Devices {
		for j := range s.Spec.Devices[i].Taints {
			if t := &s.Spec.Devices[i].Taints[j]; t.TimeAdded == nil {
				t.TimeAdded = &metav1.Time{Time: time.Now().Truncate(time.Second)}
			}
		}
	}
}

// forgetDisabled drops what only features that are off by default use, unless the slice had it already.
func forgetDisabled(s, old *resourcev1.ResourceSlice) {
	lists, mappings := usesDisabled(old)
	for i := range s.Spec.Devices {
		d := &s.Spec.Devices[i]
		if !mappings {
			d.NodeAllocatableResourceMappings = nil
		}
		if lists {
			continue
		}
		for name, a := range d.Attributes {
			a.IntValues, a.BoolValues, a.StringValues, a.VersionValues = nil, nil, nil, nil
			d.Attributes[name] = a
		}
	}
}

func usesDisabled(s *resourcev1.ResourceSlice) (lists, mappings bool) {
	if s == nil {
		return false, false
	}
	for i := range s.Spec.Devices {
		mappings = mappings || len(s.Spec.Devices[i].NodeAllocatableResourceMappings) > 0
		for _, a := range s.Spec.Devices[i].Attributes {
			lists = lists || a.IntValues != nil || a.BoolValues != nil || a.StringValues != nil || a.VersionValues != nil
		}
	}
	return lists, mappings
}
