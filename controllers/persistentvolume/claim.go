package persistentvolume

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	storage "k8s.io/component-helpers/storage/volume"
)

// World is what there is beside the claim.
type World struct {
	// Volumes are all that there are.
	Volumes []*corev1.PersistentVolume
	Volume  func(name string) (*corev1.PersistentVolume, bool)
	Class   func(name string) (*storagev1.StorageClass, bool)
	// Default is the class of claims that say nothing; "" for none.
	Default string
}

// Event is something to tell.
type Event struct {
	Warning         bool
	Reason, Message string
}

func normal(reason, format string, args ...any) *Event {
	return &Event{Reason: reason, Message: fmt.Sprintf(format, args...)}
}

func warning(reason, format string, args ...any) *Event {
	return &Event{Warning: true, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// ClaimStep is what to do about a claim; what is empty is left alone.
type ClaimStep struct {
	// Bind it to this volume.
	Bind *corev1.PersistentVolume
	// Adopt this class.
	Adopt string
	// Ask this provisioner for a volume.
	Ask   string
	Phase corev1.PersistentVolumeClaimPhase
	Event *Event
}

// bound tells that the claim once was bound completely.
func bound(c *corev1.PersistentVolumeClaim) bool {
	_, ok := c.Annotations[storage.AnnBindCompleted]
	return ok
}

// PlanClaim decides about a claim.
func PlanClaim(c *corev1.PersistentVolumeClaim, w World) ClaimStep {
	switch {
	case bound(c):
		return keepBound(c, w)
	case c.DeletionTimestamp != nil:
		return ClaimStep{}
	case c.Spec.VolumeName != "":
		return bindNamed(c, w)
	}
	return find(c, w)
}

// keepBound holds a claim to the volume that it was bound to. What is on a volume that is lost cannot be had again.
func keepBound(c *corev1.PersistentVolumeClaim, w World) ClaimStep {
	lost := func(reason, message string) ClaimStep {
		if c.Status.Phase == corev1.ClaimLost {
			return ClaimStep{}
		}
		return ClaimStep{Phase: corev1.ClaimLost, Event: warning(reason, "%s", message)}
	}
	if c.Spec.VolumeName == "" {
		return lost("ClaimLost", "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!")
	}
	v, ok := w.Volume(c.Spec.VolumeName)
	switch {
	case !ok:
		return lost("ClaimLost", "Bound claim has lost its PersistentVolume. Data on the volume is lost!")
	case v.Spec.ClaimRef == nil, storage.IsVolumeBoundToClaim(v, c):
		return ClaimStep{Bind: v}
	}
	return lost("ClaimMisbound", "Two claims are bound to the same volume, this one is bound incorrectly")
}

// bindNamed binds a claim to the volume that it asks for, once that is there and free.
func bindNamed(c *corev1.PersistentVolumeClaim, w World) ClaimStep {
	wait := func(e *Event) ClaimStep { return ClaimStep{Phase: corev1.ClaimPending, Event: e} }
	v, ok := w.Volume(c.Spec.VolumeName)
	switch {
	case !ok:
		return wait(nil)
	case v.Spec.ClaimRef == nil:
		if why := unfit(c, v); why != "" {
			return wait(warning("VolumeMismatch", "Cannot bind to requested volume %q: %s", v.Name, why))
		}
		return ClaimStep{Bind: v}
	case storage.IsVolumeBoundToClaim(v, c):
		return ClaimStep{Bind: v}
	}
	return wait(warning("FailedBinding", "volume %q already bound to a different claim.", v.Name))
}

// unfit is why a volume is not what the claim that names it asks for.
func unfit(c *corev1.PersistentVolumeClaim, v *corev1.PersistentVolume) string {
	wanted, has := c.Spec.Resources.Requests[corev1.ResourceStorage], v.Spec.Capacity[corev1.ResourceStorage]
	switch {
	case has.Cmp(wanted) < 0:
		return "requested PV is too small"
	case storage.GetPersistentVolumeClass(v) != storage.GetPersistentVolumeClaimClass(c):
		return "storageClassName does not match"
	case storage.CheckVolumeModeMismatches(&c.Spec, &v.Spec):
		return "incompatible volumeMode"
	case !storage.CheckAccessModes(c, v):
		return "incompatible accessMode"
	case attributes(c.Spec.VolumeAttributesClassName) != attributes(v.Spec.VolumeAttributesClassName):
		return "volumeAttributesClassName does not match"
	}
	return ""
}

func attributes(class *string) string {
	if class == nil {
		return ""
	}
	return *class
}

// find looks for a volume for a claim that takes any, and asks for one where there is none.
func find(c *corev1.PersistentVolumeClaim, w World) ClaimStep {
	class := storage.GetPersistentVolumeClaimClass(c)
	var fitting []*corev1.PersistentVolume
	for _, v := range w.Volumes {
		if storage.CheckAccessModes(c, v) || storage.IsVolumeBoundToClaim(v, c) {
			fitting = append(fitting, v)
		}
	}
	late := waits(c, class, w)
	v, err := storage.FindMatchingVolume(c, fitting, nil, nil, late, true)
	switch {
	case err != nil:
		return ClaimStep{Phase: corev1.ClaimPending, Event: warning("FailedBinding", "%v", err)}
	case v != nil:
		return ClaimStep{Bind: v}
	case late && c.Annotations[storage.AnnSelectedNode] == "":
		return ClaimStep{Phase: corev1.ClaimPending, Event: normal("WaitForFirstConsumer", "waiting for first consumer to be created before binding")}
	case class != "":
		return ask(c, class, w)
	case !storage.PersistentVolumeClaimHasClass(c) && c.Spec.StorageClassName == nil && w.Default != "":
		return ClaimStep{Adopt: w.Default}
	}
	return ClaimStep{Phase: corev1.ClaimPending, Event: normal("FailedBinding", "no persistent volumes available for this claim and no storage class is set")}
}

// waits tells that the claim is to be bound when a pod that uses it is given a node.
func waits(_ *corev1.PersistentVolumeClaim, class string, w World) bool {
	sc, ok := w.Class(class)
	return ok && sc.VolumeBindingMode != nil && *sc.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
}

// NoProvisioner is the provisioner of classes whose volumes somebody makes by hand.
const NoProvisioner = "kubernetes.io/no-provisioner"

// ask has a provisioner make a volume.
func ask(c *corev1.PersistentVolumeClaim, class string, w World) ClaimStep {
	sc, ok := w.Class(class)
	switch {
	case !ok:
		return ClaimStep{Phase: corev1.ClaimPending, Event: warning("ProvisioningFailed", "storageclass.storage.k8s.io %q not found", class)}
	case sc.Provisioner == NoProvisioner:
		return ClaimStep{Phase: corev1.ClaimPending, Event: normal("FailedBinding", "no persistent volumes of class %q are available for this claim, and nobody makes them", class)}
	}
	step := ClaimStep{Phase: corev1.ClaimPending, Event: normal("ExternalProvisioning", "Waiting for a volume to be created either by the external provisioner '%s' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.", sc.Provisioner)}
	if c.Annotations[storage.AnnStorageProvisioner] != sc.Provisioner {
		step.Ask = sc.Provisioner
	}
	return step
}
