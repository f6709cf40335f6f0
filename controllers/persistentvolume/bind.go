package persistentvolume

import (
	"context"
	"fmt"
	"maps"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	storage "k8s.io/component-helpers/storage/volume"
)

func (r *controller) class(name string) (*storagev1.StorageClass, bool) {
	if name == "" {
		return nil, false
	}
	return r.classes.Get("", name)
}

// bind writes what of the binding is not there yet. Where somebody else was faster, the write fails, and the next look finds what is.
func (r *controller) bind(ctx context.Context, v *corev1.PersistentVolume, c *corev1.PersistentVolumeClaim) error {
	next, changed, err := storage.GetBindVolumeToClaim(v, c)
	if err != nil {
		return fmt.Errorf("binding volume %s: %w", v.Name, err)
	}
	if changed {
		if v, err = r.volumes.Update(ctx, next); err != nil {
			return fmt.Errorf("binding volume %s: %w", next.Name, err)
		}
	}
	if v.Status.Phase != corev1.VolumeBound {
		if err := r.phase(ctx, v, corev1.VolumeBound, ""); err != nil {
			return err
		}
	}
	claim := named(c, v)
	if !equality.Semantic.DeepEqual(claim.ObjectMeta, c.ObjectMeta) || claim.Spec.VolumeName != c.Spec.VolumeName {
		if c, err = r.claims.Update(ctx, claim.DeepCopy()); err != nil {
			return fmt.Errorf("binding claim %s/%s: %w", claim.Namespace, claim.Name, err)
		}
	}
	status := statusOf(c, v)
	if equality.Semantic.DeepEqual(status, c.Status) {
		return nil
	}
	claim = c.DeepCopy()
	claim.Status = status
	return written("the status of claim", c, second(r.claims.UpdateStatus(ctx, claim)))
}

// named is the claim as it names its volume.
func named(c *corev1.PersistentVolumeClaim, v *corev1.PersistentVolume) *corev1.PersistentVolumeClaim {
	c = c.DeepCopy()
	marks := map[string]string{storage.AnnBindCompleted: "yes"}
	if c.Spec.VolumeName == "" {
		c.Spec.VolumeName = v.Name
		marks[storage.AnnBoundByController] = "yes"
	}
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	maps.Copy(c.Annotations, marks)
	return c
}

// statusOf is the status of a bound claim. A claim that was bound before knows itself how large its file system is: the volume may have
// grown under it.
func statusOf(c *corev1.PersistentVolumeClaim, v *corev1.PersistentVolume) corev1.PersistentVolumeClaimStatus {
	s := *c.Status.DeepCopy()
	s.AccessModes = v.Spec.AccessModes
	if s.Phase != corev1.ClaimBound || len(s.Capacity) == 0 {
		s.Capacity = corev1.ResourceList{corev1.ResourceStorage: v.Spec.Capacity[corev1.ResourceStorage]}
		s.CurrentVolumeAttributesClassName = v.Spec.VolumeAttributesClassName
	}
	s.Phase = corev1.ClaimBound
	return s
}

// unbind makes the volume another's to have.
func (r *controller) unbind(ctx context.Context, v *corev1.PersistentVolume) error {
	next := v.DeepCopy()
	if _, ours := v.Annotations[storage.AnnBoundByController]; ours {
		next.Spec.ClaimRef = nil
		delete(next.Annotations, storage.AnnBoundByController)
	} else if next.Spec.ClaimRef != nil {
		next.Spec.ClaimRef.UID, next.Spec.ClaimRef.ResourceVersion = "", ""
	}
	v, err := r.volumes.Update(ctx, next)
	if err != nil {
		return written("volume", next, err)
	}
	return r.phase(ctx, v, corev1.VolumeAvailable, "")
}
