package provision

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storage "k8s.io/component-helpers/storage/volume"

	"argosy.dev/client"
	"argosy.dev/volume/sized"
)

// make makes the volume that a claim asks for.
func (p *Provisioner) make(ctx context.Context, c *corev1.PersistentVolumeClaim) error {
	name := nameFor(c)
	if _, there := p.volumes.Get("", name); there {
		return p.store.Publish(name) // an earlier try came as far as this
	}
	ref := client.Reference(c)
	className := storage.GetPersistentVolumeClaimClass(c)
	class, ok := p.classes.Get("", className)
	if !ok {
		return nil // the binder says so; it is looked at again when the class is there
	}
	failed := func(err error) error {
		p.events.Warning(ref, "ProvisioningFailed", "failed to provision volume with StorageClass %q: %v", className, err)
		return fmt.Errorf("making the volume of claim %s/%s: %w", c.Namespace, c.Name, err)
	}
	spec, err := specOf(c, class)
	if err != nil {
		_ = failed(err) // trying again would not help; a change of the claim or the class is looked at
		return nil
	}
	p.events.Normal(ref, "Provisioning", "External provisioner is provisioning volume for claim %q", c.Namespace+"/"+c.Name)
	size, err := p.store.Create(ctx, name, spec)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		err = failed(err)
		if errors.Is(err, sized.ErrNoSpace) && c.Annotations[storage.AnnSelectedNode] != "" {
			return errors.Join(err, p.elsewhere(ctx, c))
		}
		return err
	}
	_, err = p.volumes.Create(ctx, object(c, class, p.node, p.store.Path(name, spec.Block), size))
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return failed(err)
	}
	if err := p.store.Publish(name); err != nil {
		return failed(err)
	}
	p.events.Normal(ref, "ProvisioningSucceeded", "Successfully provisioned volume %s", name)
	return nil
}

// elsewhere lets the scheduler choose another node.
func (p *Provisioner) elsewhere(ctx context.Context, c *corev1.PersistentVolumeClaim) error {
	next := c.DeepCopy()
	delete(next.Annotations, storage.AnnSelectedNode)
	if _, err := p.claims.Update(ctx, next); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("giving claim %s/%s back to the scheduler: %w", c.Namespace, c.Name, err)
	}
	return nil
}

// volume takes a volume away whose time is over.
func (p *Provisioner) volume(ctx context.Context, name string) error {
	v, ok := p.volumes.Get("", name)
	if !ok || !p.ours(v) {
		return nil
	}
	step := PlanRemoval(v)
	if step.Disk {
		if err := p.store.Delete(name); err != nil {
			p.events.Warning(client.Reference(v), "VolumeFailedDelete", "%v", err)
			return fmt.Errorf("deleting volume %s: %w", name, err)
		}
	}
	if step.Object && v.DeletionTimestamp == nil {
		err := p.volumes.Delete(ctx, "", name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &v.UID}})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("deleting the object of volume %s: %w", name, err)
		}
		if v, ok = p.volumes.Get("", name); !ok {
			return nil
		}
	}
	if !step.Object && !step.Free || !slices.Contains(v.Finalizers, finalizer) {
		return nil
	}
	next := v.DeepCopy()
	next.Finalizers = slices.DeleteFunc(next.Finalizers, func(f string) bool { return f == finalizer })
	if _, err := p.volumes.Update(ctx, next); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("letting volume %s go: %w", name, err)
	}
	return nil
}
