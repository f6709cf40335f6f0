package csidriver

import (
	"strings"

	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	doc := storagev1.CSIDriverSpec{}.SwaggerDoc()
	truth := func(name, field string, unset bool, of func(*storagev1.CSIDriverSpec) *bool) kinds.Column {
		return kinds.Column{Name: name, Type: "boolean", Description: doc[field], Value: table.Cell(func(d *storagev1.CSIDriver) any {
			if b := of(&d.Spec); b != nil {
				return *b
			}
			return unset
		})}
	}
	return []kinds.Column{
		table.Name(),
		truth("AttachRequired", "attachRequired", true, func(s *storagev1.CSIDriverSpec) *bool { return s.AttachRequired }),
		truth("PodInfoOnMount", "podInfoOnMount", false, func(s *storagev1.CSIDriverSpec) *bool { return s.PodInfoOnMount }),
		truth("StorageCapacity", "storageCapacity", false, func(s *storagev1.CSIDriverSpec) *bool { return s.StorageCapacity }),
		{Name: "TokenRequests", Type: "string", Description: doc["tokenRequests"], Value: table.Cell(audiences)},
		truth("RequiresRepublish", "requiresRepublish", false, func(s *storagev1.CSIDriverSpec) *bool { return s.RequiresRepublish }),
		{Name: "Modes", Type: "string", Description: doc["volumeLifecycleModes"], Value: table.Cell(modes)},
		table.Age(),
	}
}

func audiences(d *storagev1.CSIDriver) any {
	if len(d.Spec.TokenRequests) == 0 {
		return table.Unset
	}
	var names []string
	for _, r := range d.Spec.TokenRequests {
		names = append(names, r.Audience)
	}
	return strings.Join(names, ",")
}

func modes(d *storagev1.CSIDriver) any {
	if len(d.Spec.VolumeLifecycleModes) == 0 {
		return table.None
	}
	var names []string
	for _, m := range d.Spec.VolumeLifecycleModes {
		names = append(names, string(m))
	}
	return strings.Join(names, ",")
}
