package volumeattachment

import (
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, source, status := storagev1.VolumeAttachmentSpec{}.SwaggerDoc(), storagev1.VolumeAttachmentSource{}.SwaggerDoc(), storagev1.VolumeAttachmentStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Attacher", Type: "string", Format: "name", Description: spec["attacher"], Value: table.Cell(func(a *storagev1.VolumeAttachment) any { return a.Spec.Attacher })},
		{Name: "PV", Type: "string", Description: source["persistentVolumeName"], Value: table.Cell(volume)},
		{Name: "Node", Type: "string", Description: spec["nodeName"], Value: table.Cell(func(a *storagev1.VolumeAttachment) any { return a.Spec.NodeName })},
		{Name: "Attached", Type: "boolean", Description: status["attached"], Value: table.Cell(func(a *storagev1.VolumeAttachment) any { return a.Status.Attached })},
		table.Age(),
	}
}

func volume(a *storagev1.VolumeAttachment) any {
	if a.Spec.Source.PersistentVolumeName == nil {
		return ""
	}
	return *a.Spec.Source.PersistentVolumeName
}
