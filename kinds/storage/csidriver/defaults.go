package csidriver

import storagev1 "k8s.io/api/storage/v1"

func setDefaults(d *storagev1.CSIDriver) {
	spec := &d.Spec
	fill(&spec.AttachRequired, true)
	fill(&spec.PodInfoOnMount, false)
	fill(&spec.StorageCapacity, false)
	fill(&spec.FSGroupPolicy, storagev1.ReadWriteOnceWithFSTypeFSGroupPolicy)
	if len(spec.VolumeLifecycleModes) == 0 {
		spec.VolumeLifecycleModes = []storagev1.VolumeLifecycleMode{storagev1.VolumeLifecyclePersistent}
	}
	fill(&spec.RequiresRepublish, false)
	fill(&spec.SELinuxMount, false)
}

func fill[T any](p **T, value T) {
	if *p == nil {
		*p = &value
	}
}
