package persistentvolume

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// defaultMark makes a class the one of claims that say nothing.
const defaultMark = "storageclass.kubernetes.io/is-default-class"

func (r *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	if key.Namespace == "" {
		return 0, r.volume(ctx, key.Name)
	}
	c, ok := r.claims.Get(key.Namespace, key.Name)
	if !ok {
		return 0, nil
	}
	step := PlanClaim(c, World{Volumes: r.volumes.List(""), Default: r.fallback(),
		Volume: func(name string) (*corev1.PersistentVolume, bool) { return r.volumes.Get("", name) }, Class: r.class})
	if e := step.Event; e != nil {
		r.tell(c, e)
	}
	switch {
	case step.Bind != nil:
		return 0, r.bind(ctx, step.Bind, c)
	case step.Adopt != "" || step.Ask != "":
		return 0, r.amend(ctx, c, step)
	case step.Phase != "" && step.Phase != c.Status.Phase:
		next := c.DeepCopy()
		next.Status.Phase = step.Phase
		return 0, written("the phase of claim", c, second(r.claims.UpdateStatus(ctx, next)))
	}
	return 0, nil
}

func (r *controller) tell(about client.Object, e *Event) {
	if e.Warning {
		r.events.Warning(client.Reference(about), e.Reason, "%s", e.Message)
	} else {
		r.events.Normal(client.Reference(about), e.Reason, "%s", e.Message)
	}
}

// fallback is the default class: the newest, by name among those of one second.
func (r *controller) fallback() string {
	name, found := "", time.Time{}
	for _, c := range r.classes.List("") { // in the order of names
		if c.Annotations[defaultMark] == "true" && (name == "" || c.CreationTimestamp.After(found)) {
			name, found = c.Name, c.CreationTimestamp.Time
		}
	}
	return name
}

// amend writes what else the claim is to say.
func (r *controller) amend(ctx context.Context, c *corev1.PersistentVolumeClaim, step ClaimStep) error {
	next := c.DeepCopy()
	if step.Adopt != "" {
		next.Spec.StorageClassName = &step.Adopt
	}
	if step.Ask != "" {
		if next.Annotations == nil {
			next.Annotations = map[string]string{}
		}
		next.Annotations[storage.AnnStorageProvisioner] = step.Ask
		next.Annotations[storage.AnnBetaStorageProvisioner] = step.Ask
	}
	return written("claim", c, second(r.claims.Update(ctx, next)))
}

// volume does what there is to do about a volume.
func (r *controller) volume(ctx context.Context, name string) error {
	v, ok := r.volumes.Get("", name)
	if !ok {
		return nil
	}
	var c *corev1.PersistentVolumeClaim
	if ref := v.Spec.ClaimRef; ref != nil {
		if found, ok := r.claims.Get(ref.Namespace, ref.Name); ok && found.UID == ref.UID {
			c = found
		}
	}
	step := PlanVolume(v, c)
	if e := step.Event; e != nil {
		r.tell(v, e)
	}
	if step.Unbind {
		return r.unbind(ctx, v)
	}
	if step.Phase != "" && step.Phase != v.Status.Phase {
		if err := r.phase(ctx, v, step.Phase, step.Message); err != nil {
			return err
		}
	}
	if step.Recycle {
		return r.recycle(ctx, v)
	}
	return nil
}

func (r *controller) phase(ctx context.Context, v *corev1.PersistentVolume, phase corev1.PersistentVolumePhase, message string) error {
	next := v.DeepCopy()
	next.Status.Phase, next.Status.Message = phase, message
	return written("the phase of volume", v, second(r.volumes.UpdateStatus(ctx, next)))
}

func second[T any](_ T, err error) error { return err }

// written says what could not be written; an object that is gone needs nothing.
func written(what string, of client.Object, err error) error {
	if err == nil || apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf("writing %s %s: %w", what, of.GetName(), err)
}
