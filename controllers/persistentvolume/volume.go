package persistentvolume

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storage "k8s.io/component-helpers/storage/volume"
)

// VolumeStep is what to do about a volume; what is empty is left alone.
type VolumeStep struct {
	Phase   corev1.PersistentVolumePhase
	Message string
	// Unbind takes the claim's name off the volume, or only its uid where people put the name there.
	Unbind bool
	// Recycle has what is on the volume removed.
	Recycle bool
	Event   *Event
}

// PlanVolume decides about a volume. c is the claim that it names, nil where there is none of that name and uid.
func PlanVolume(v *corev1.PersistentVolume, c *corev1.PersistentVolumeClaim) VolumeStep {
	switch ref := v.Spec.ClaimRef; {
	case ref == nil, ref.UID == "":
		return VolumeStep{Phase: corev1.VolumeAvailable}
	case c == nil:
		return reclaim(v)
	case c.Spec.VolumeName == "":
		// The claim makes the binding good.
		return VolumeStep{}
	case c.Spec.VolumeName == v.Name:
		return VolumeStep{Phase: corev1.VolumeBound}
	}
	// The claim has chosen another one.
	if _, provisioned := v.Annotations[storage.AnnDynamicallyProvisioned]; provisioned && v.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		return VolumeStep{Phase: corev1.VolumeReleased}
	}
	return VolumeStep{Unbind: true}
}

// reclaim is what follows when the claim is gone. What failed once is not tried again: somebody must look first.
func reclaim(v *corev1.PersistentVolume) VolumeStep {
	if v.Status.Phase == corev1.VolumeFailed {
		return VolumeStep{}
	}
	step := VolumeStep{Phase: corev1.VolumeReleased}
	_, provisioned := v.Annotations[storage.AnnDynamicallyProvisioned]
	switch v.Spec.PersistentVolumeReclaimPolicy {
	case corev1.PersistentVolumeReclaimDelete:
		if !provisioned && v.Spec.CSI == nil {
			return failed("VolumeFailedDelete", fmt.Sprintf("error getting deleter volume plugin for volume %q: no deletable volume plugin matched", v.Name))
		}
	case corev1.PersistentVolumeReclaimRecycle:
		if v.Spec.HostPath == nil && v.Spec.NFS == nil {
			return failed("VolumeFailedRecycle", "No recycler plugin found for the volume!")
		}
		step.Recycle = true
	}
	return step
}

func failed(reason, message string) VolumeStep {
	return VolumeStep{Phase: corev1.VolumeFailed, Message: message, Event: warning(reason, "%s", message)}
}
