package volumeattachment

import (
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/kinds/core/persistentvolume"
)

func setDefaults(a *storagev1.VolumeAttachment) {
	if v := a.Spec.Source.InlineVolumeSpec; v != nil {
		persistentvolume.DefaultSpec(v)
	}
}

func prepareCreate(a *storagev1.VolumeAttachment) { a.Status = storagev1.VolumeAttachmentStatus{} }

func prepareUpdate(a, old *storagev1.VolumeAttachment) { a.Status = old.Status }
