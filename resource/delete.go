package resource

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metav1validation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/cache"
	"argosy.dev/kinds"
)

// Delete deletes an object, or begins to: with a grace period or finalizers it stays, marked, until they are over.
func (p *Pipeline) Delete(ctx context.Context, t Target, opts metav1.DeleteOptions) (Result, error) {
	if errs := metav1validation.ValidateDeleteOptions(&opts); len(errs) > 0 {
		return Result{}, apierrors.NewInvalid(schema.GroupKind{Group: metav1.GroupName, Kind: "DeleteOptions"}, "", errs)
	}
	var told []string
	if f := t.Resource.Kind.DeleteWarnings; f != nil {
		told = f(&opts)
	}
	for retry := 0; ; retry++ {
		result, err := p.deleteOnce(ctx, t, opts)
		result.Warnings = append(told[:len(told):len(told)], result.Warnings...)
		if !errors.Is(err, errLost) {
			return result, err
		}
		if retry == maxRetries {
			return Result{}, t.Resource.conflict(t.Name)
		}
		if ctx.Err() != nil {
			return Result{}, storeError(ctx.Err())
		}
	}
}

func (p *Pipeline) deleteOnce(ctx context.Context, t Target, opts metav1.DeleteOptions) (Result, error) {
	r := t.Resource
	old, ok := r.Table.Get(t.key())
	if !ok {
		return Result{}, apierrors.NewNotFound(r.Kind.GroupResource(), t.Name)
	}
	before := old.Object
	if pre := opts.Preconditions; pre != nil {
		if err := checkPreconditions(r, before, pre.UID, pre.ResourceVersion); err != nil {
			return Result{}, err
		}
	}
	var w warnings
	attempt := &Attempt{Target: t, Operation: Delete, Old: before, DryRun: isDryRun(opts.DryRun), Options: &opts, Warn: func(s string) { w.add(s) }}
	defer attempt.settle()
	if err := p.admission.Mutate(ctx, attempt); err != nil {
		return Result{Warnings: w.texts}, err
	}
	if err := p.admission.Validate(ctx, attempt); err != nil {
		return Result{Warnings: w.texts}, err
	}
	result, err := p.carryOut(ctx, attempt, old, &opts)
	result.Warnings = w.texts
	// Most clients do not expect 202, and get it only with the option that they had when it was new.
	//lint:ignore SA1019 old clients still send it
	result.Accepted = result.Pending && opts.OrphanDependents != nil && !*opts.OrphanDependents
	return result, err
}

// carryOut marks what old is as deleted, or deletes it where nothing keeps it.
func (p *Pipeline) carryOut(ctx context.Context, a *Attempt, old *cache.Entry, opts *metav1.DeleteOptions) (Result, error) {
	r, before := a.Resource, old.Object
	obj := before.DeepCopyObject().(kinds.Object)
	marked := r.mark(obj, before, opts)
	switch {
	case !r.finished(obj) && !marked:
		return Result{Entry: old, Pending: true}, nil
	case a.DryRun && !r.finished(obj):
		result, err := p.dryRun(a.Target, obj, false)
		result.Pending = true
		return result, err
	case !r.finished(obj):
		entry, err := p.write(ctx, r, old.Key, obj, old)
		return Result{Entry: entry, Pending: true}, err
	}
	if !a.DryRun {
		rev, err := p.erase(ctx, r, old)
		if err != nil {
			return Result{}, err
		}
		obj.SetResourceVersion(cache.FormatRevision(rev))
	}
	if !r.Kind.ReturnDeleted {
		return Result{Status: deleted(r, before)}, nil
	}
	if r.Kind.Grace == nil {
		// Nothing was marked on the way.
		version := obj.GetResourceVersion()
		obj = before.DeepCopyObject().(kinds.Object)
		obj.SetResourceVersion(version)
	}
	return p.dryRun(a.Target, obj, false)
}

// deleted is the answer to a deletion that is over.
func deleted(r *Resource, obj kinds.Object) *metav1.Status {
	return &metav1.Status{
		Status:  metav1.StatusSuccess,
		Details: &metav1.StatusDetails{Name: obj.GetName(), Group: r.Kind.GVK.Group, Kind: r.Kind.Resource, UID: obj.GetUID()},
	}
}

// mark puts on obj what the deletion asks for: finalizers of the propagation policy, the deletion timestamp, the grace
// period. changed is false where obj was marked so already.
func (r *Resource) mark(obj, old kinds.Object, opts *metav1.DeleteOptions) (changed bool) {
	finalizers := propagationFinalizers(obj.GetFinalizers(), r.propagation(obj, opts))
	if c := r.Kind.Cleanup; c != "" && old.GetDeletionTimestamp() == nil && !slices.Contains(finalizers, c) {
		finalizers = append(finalizers, c)
	}
	changed = !equalStrings(finalizers, obj.GetFinalizers())
	obj.SetFinalizers(finalizers)

	grace := int64(0)
	if r.Kind.Grace != nil {
		grace = r.Kind.Grace(obj, opts.GracePeriodSeconds)
	}
	if since := old.GetDeletionTimestamp(); since != nil {
		// Under way already: it may only be shortened, and begins to count from now.
		if had := old.GetDeletionGracePeriodSeconds(); had == nil || grace >= *had || r.Kind.Grace != nil && opts.GracePeriodSeconds == nil {
			return changed
		}
	} else {
		if obj.GetGeneration() > 0 && r.Kind.Cleanup == "" {
			obj.SetGeneration(obj.GetGeneration() + 1)
		}
		if r.Kind.PrepareGrace != nil {
			r.Kind.PrepareGrace(obj)
		}
	}
	end := metav1.Time{Time: time.Now().UTC().Truncate(time.Second).Add(time.Duration(grace) * time.Second)}
	obj.SetDeletionTimestamp(&end)
	if r.Kind.KeepWhileFinalizing == nil && r.Kind.Cleanup == "" {
		obj.SetDeletionGracePeriodSeconds(&grace)
	}
	return true
}

// propagation is what becomes of the dependents: as asked, else as the object's finalizers say, else the kind's way.
func (r *Resource) propagation(obj kinds.Object, opts *metav1.DeleteOptions) metav1.DeletionPropagation {
	switch {
	case opts.PropagationPolicy != nil:
		return *opts.PropagationPolicy
	//lint:ignore SA1019 old clients still send it
	case opts.OrphanDependents != nil && *opts.OrphanDependents:
		return metav1.DeletePropagationOrphan
	//lint:ignore SA1019 old clients still send it
	case opts.OrphanDependents != nil:
		return metav1.DeletePropagationBackground
	}
	for _, f := range obj.GetFinalizers() {
		switch f {
		case metav1.FinalizerOrphanDependents:
			return metav1.DeletePropagationOrphan
		case metav1.FinalizerDeleteDependents:
			return metav1.DeletePropagationForeground
		}
	}
	if r.Kind.DefaultPropagation != "" {
		return r.Kind.DefaultPropagation
	}
	return metav1.DeletePropagationBackground
}

// propagationFinalizers replaces the garbage collector's finalizers by those that the policy needs.
func propagationFinalizers(had []string, policy metav1.DeletionPropagation) []string {
	var list []string
	for _, f := range had {
		if f != metav1.FinalizerOrphanDependents && f != metav1.FinalizerDeleteDependents {
			list = append(list, f)
		}
	}
	switch policy {
	case metav1.DeletePropagationOrphan:
		list = append(list, metav1.FinalizerOrphanDependents)
	case metav1.DeletePropagationForeground:
		list = append(list, metav1.FinalizerDeleteDependents)
	}
	return list
}

func equalStrings(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// collectionWorkers is how many objects of a collection are deleted at once, so that they share syncs of the disk.
const collectionWorkers = 32

// DeleteCollection deletes all objects that a list with the same options shows, and returns them as they were.
func (p *Pipeline) DeleteCollection(ctx context.Context, t Target, opts metav1.DeleteOptions, list ListOptions) (List, error) {
	all, err := p.List(ctx, t, list)
	if err != nil {
		return List{}, err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(collectionWorkers)
	for _, e := range all.Entries {
		group.Go(func() error { return p.deleteListed(ctx, t, e, opts) })
	}
	return all, group.Wait()
}

func (p *Pipeline) deleteListed(ctx context.Context, t Target, e *cache.Entry, opts metav1.DeleteOptions) error {
	t.Namespace, t.Name = e.Object.GetNamespace(), e.Object.GetName()
	_, err := p.Delete(ctx, t, opts)
	if apierrors.IsNotFound(err) {
		return nil // somebody else deleted it: what was asked for
	}
	return err
}
