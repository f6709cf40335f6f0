package garbage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// parallel is how many dependents of one owner are worked on at once, so that they share syncs of the disk.
const parallel = 32

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	s := c.served.Load()
	r, name, uid := s.parseKey(key)
	if uid != "" {
		return 0, c.each(s.dependents(uid, ""), func(d dependent) error { return c.collect(ctx, s, d) })
	}
	if r == nil {
		return 0, nil
	}
	obj, ok := r.objects.Get(key.Namespace, name)
	if !ok {
		return 0, nil
	}
	switch d := (dependent{r, obj}); {
	case releases(obj):
		return 0, c.orphan(ctx, s, d)
	case waits(obj):
		return 0, c.foreground(ctx, s, d)
	default:
		return 0, c.collect(ctx, s, d)
	}
}

// each works on all, and returns what went wrong with any.
func (c *controller) each(list []dependent, work func(dependent) error) error {
	var mu sync.Mutex
	var failed []error
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, d := range list {
		group.Go(func() error {
			if err := work(d); err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // failures are collected
	return errors.Join(failed...)
}

// collect deletes the object where all its owners are gone, or tidies its references.
func (c *controller) collect(ctx context.Context, s *served, d dependent) error {
	refs := s.references(d.obj)
	var own []client.Object
	if slices.ContainsFunc(refs, func(ref Reference) bool { return ref.Standing == Going }) {
		for _, below := range s.dependents(d.obj.GetUID(), d.obj.GetNamespace()) {
			own = append(own, below.obj)
		}
	}
	action := Decide(d.obj, refs, own)
	if slices.ContainsFunc(refs, func(ref Reference) bool { return ref.Standing == Absent || ref.Standing == Unknown }) {
		c.tellInvalid(s, d)
	}
	if action.Delete == "" && len(action.Release) == 0 {
		return nil
	}
	if absent, err := s.verify(ctx, d.obj, refs); err != nil || !absent {
		return err
	}
	switch {
	case action.Unblock:
		// The change is noted, and the object looked at again as one that blocks nobody.
		if refs := d.obj.GetOwnerReferences(); slices.ContainsFunc(refs, blocking) {
			if err := d.patch(ctx, map[string]any{"ownerReferences": unblocked(refs)}); err != nil {
				return err
			}
			newest, ok := d.objects.Get(d.obj.GetNamespace(), d.obj.GetName())
			if !ok {
				return nil
			}
			d.obj = newest
		}
		return d.delete(ctx, action.Delete)
	case action.Delete != "":
		return d.delete(ctx, action.Delete)
	default:
		return d.patch(ctx, map[string]any{"ownerReferences": without(d.obj.GetOwnerReferences(), action.Release...)})
	}
}

func blocking(ref metav1.OwnerReference) bool {
	return ref.BlockOwnerDeletion != nil && *ref.BlockOwnerDeletion
}

// foreground deletes the dependents of an object that waits for them, and lets it go when none is left that holds it up.
func (c *controller) foreground(ctx context.Context, s *served, d dependent) error {
	list := s.dependents(d.obj.GetUID(), d.obj.GetNamespace())
	if err := c.each(list, func(below dependent) error { return c.collect(ctx, s, below) }); err != nil {
		return err
	}
	for _, below := range s.dependents(d.obj.GetUID(), d.obj.GetNamespace()) {
		if blocks(below.obj, d.obj.GetUID()) {
			return nil
		}
	}
	return d.unfinalize(ctx, metav1.FinalizerDeleteDependents)
}

// orphan releases the dependents of an object that leaves them behind, and lets it go.
func (c *controller) orphan(ctx context.Context, s *served, d dependent) error {
	owner := d.obj.GetUID()
	err := c.each(s.dependents(owner, d.obj.GetNamespace()), func(below dependent) error {
		return below.patch(ctx, map[string]any{"ownerReferences": without(below.obj.GetOwnerReferences(), owner)})
	})
	if err != nil {
		return err
	}
	return d.unfinalize(ctx, metav1.FinalizerOrphanDependents)
}

func (d dependent) unfinalize(ctx context.Context, finalizer string) error {
	left := slices.DeleteFunc(slices.Clone(d.obj.GetFinalizers()), func(f string) bool { return f == finalizer })
	if left == nil {
		left = []string{}
	}
	return d.patch(ctx, map[string]any{"finalizers": left})
}

// patch changes the object's metadata, provided that it is as it was looked at.
func (d dependent) patch(ctx context.Context, metadata map[string]any) error {
	metadata["uid"], metadata["resourceVersion"] = d.obj.GetUID(), d.obj.GetResourceVersion()
	patch, err := json.Marshal(map[string]any{"metadata": metadata})
	if err != nil {
		return fmt.Errorf("encoding a patch of %s %s: %w", d.info.Kind, d.obj.GetName(), err)
	}
	_, err = d.objects.Patch(ctx, d.obj.GetNamespace(), d.obj.GetName(), types.MergePatchType, patch, "")
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("patching %s %s: %w", d.info.Kind, d.obj.GetName(), err)
	}
	return nil
}

// delete deletes the object, provided that it is as it was looked at.
func (d dependent) delete(ctx context.Context, how metav1.DeletionPropagation) error {
	uid, version := d.obj.GetUID(), d.obj.GetResourceVersion()
	err := d.objects.Delete(ctx, d.obj.GetNamespace(), d.obj.GetName(), metav1.DeleteOptions{
		PropagationPolicy: &how, Preconditions: &metav1.Preconditions{UID: &uid, ResourceVersion: &version}})
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting %s %s: %w", d.info.Kind, d.obj.GetName(), err)
	}
	return nil
}
