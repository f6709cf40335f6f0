package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/volume/sized"
)

// resizer is how events call whoever lets volumes grow.
const resizer = "External resizer is resizing volume "

// grow makes a volume as large as its claim now asks for: first the volume, then its object, then, where a pod uses it, the file system.
// Where none does, that waits for the next pod, and the claim says so.
func (p *Provisioner) grow(ctx context.Context, c *corev1.PersistentVolumeClaim, v *corev1.PersistentVolume) error {
	wanted, has := c.Spec.Resources.Requests[corev1.ResourceStorage], v.Spec.Capacity[corev1.ResourceStorage]
	ref := client.Reference(c)
	if wanted.Cmp(has) > 0 {
		p.events.Normal(ref, "Resizing", resizer+"%s", v.Name)
		if err := p.tell(ctx, c, resizing(c, wanted)); err != nil {
			return err
		}
		size, err := p.store.Grow(ctx, v.Name, wanted.Value())
		if err != nil {
			p.events.Warning(ref, "VolumeResizeFailed", "resize volume %q by resizer %q failed: %v", v.Name, Name, err)
			if errors.Is(err, sized.ErrNoSpace) {
				err = errors.Join(err, p.tell(ctx, c, infeasible))
			}
			return fmt.Errorf("growing volume %s: %w", v.Name, err)
		}
		has = *resource.NewQuantity(size, resource.BinarySI)
		next := v.DeepCopy()
		next.Spec.Capacity[corev1.ResourceStorage] = has
		if v, err = p.volumes.Update(ctx, next); err != nil {
			return fmt.Errorf("telling the size of volume %s: %w", next.Name, err)
		}
	}
	if told := c.Status.Capacity[corev1.ResourceStorage]; told.Cmp(has) >= 0 && len(c.Status.Conditions) == 0 && len(c.Status.AllocatedResourceStatuses) == 0 {
		return nil
	}
	done, err := p.store.Settle(ctx, v.Name)
	if err != nil {
		p.events.Warning(ref, "FileSystemResizeFailed", "%v", err)
		return err
	}
	if !done {
		p.events.Normal(ref, "FileSystemResizeRequired", "Require file system resize of volume on node")
		return p.tell(ctx, c, pending)
	}
	if err := p.tell(ctx, c, resized(has)); err != nil {
		return err
	}
	p.events.Normal(ref, "FileSystemResizeSuccessful", "MountVolume.NodeExpandVolume succeeded for volume %q", v.Name)
	return nil
}

// What the claim's status says, as the resize goes on. (KEP-1790)

func resizing(_ *corev1.PersistentVolumeClaim, wanted resource.Quantity) func(*corev1.PersistentVolumeClaimStatus) {
	return func(s *corev1.PersistentVolumeClaimStatus) {
		s.AllocatedResources = corev1.ResourceList{corev1.ResourceStorage: wanted}
		state(s, corev1.PersistentVolumeClaimControllerResizeInProgress)
		condition(s, corev1.PersistentVolumeClaimResizing, "")
	}
}

func infeasible(s *corev1.PersistentVolumeClaimStatus) {
	state(s, corev1.PersistentVolumeClaimControllerResizeInfeasible)
}

func pending(s *corev1.PersistentVolumeClaimStatus) {
	state(s, corev1.PersistentVolumeClaimNodeResizePending)
	condition(s, corev1.PersistentVolumeClaimFileSystemResizePending, "Waiting for user to (re-)start a pod to finish file system resize of volume on node.")
}

func resized(size resource.Quantity) func(*corev1.PersistentVolumeClaimStatus) {
	return func(s *corev1.PersistentVolumeClaimStatus) {
		s.Capacity = corev1.ResourceList{corev1.ResourceStorage: size}
		s.AllocatedResourceStatuses = nil
		s.Conditions = slices.DeleteFunc(s.Conditions, isResize)
	}
}

func state(s *corev1.PersistentVolumeClaimStatus, now corev1.ClaimResourceStatus) {
	s.AllocatedResourceStatuses = map[corev1.ResourceName]corev1.ClaimResourceStatus{corev1.ResourceStorage: now}
}

func isResize(c corev1.PersistentVolumeClaimCondition) bool {
	return c.Type == corev1.PersistentVolumeClaimResizing || c.Type == corev1.PersistentVolumeClaimFileSystemResizePending
}

// condition is the one condition about resizes that holds now.
func condition(s *corev1.PersistentVolumeClaimStatus, kind corev1.PersistentVolumeClaimConditionType, message string) {
	if slices.ContainsFunc(s.Conditions, func(c corev1.PersistentVolumeClaimCondition) bool { return c.Type == kind && c.Message == message }) {
		return
	}
	s.Conditions = append(slices.DeleteFunc(slices.Clone(s.Conditions), isResize), corev1.PersistentVolumeClaimCondition{Type: kind, Status: corev1.ConditionTrue,
		Message: message, LastTransitionTime: metav1.NewTime(time.Now().UTC().Truncate(time.Second))})
}

// tell writes what the claim's status says, where that is new.
func (p *Provisioner) tell(ctx context.Context, about *corev1.PersistentVolumeClaim, change func(*corev1.PersistentVolumeClaimStatus)) error {
	for {
		c, ok := p.claims.Get(about.Namespace, about.Name)
		if !ok || c.UID != about.UID {
			return nil
		}
		next := c.DeepCopy()
		change(&next.Status)
		if equality.Semantic.DeepEqual(c.Status, next.Status) {
			return nil
		}
		switch _, err := p.claims.UpdateStatus(ctx, next); {
		case err == nil, apierrors.IsNotFound(err):
			return nil
		case !apierrors.IsConflict(err):
			return fmt.Errorf("writing the status of claim %s/%s: %w", c.Namespace, c.Name, err)
		}
	}
}
