package resource

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/cache"
	"argosy.dev/kinds"
)

// Update replaces an object, or the part of it that a subresource stands for.
func (p *Pipeline) Update(ctx context.Context, t Target, b Body, opts metav1.UpdateOptions) (Result, error) {
	sub, err := t.subresource("update")
	if err != nil {
		return Result{}, err
	}
	m := modification{target: t, sub: sub, operation: Update, options: &opts, manager: opts.FieldManager, dryRun: isDryRun(opts.DryRun)}
	if sub != nil && sub.Merge != nil {
		return p.updateView(ctx, m, b, opts)
	}
	obj, found, err := t.decode(b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if err := t.matchNamespace(obj); err != nil {
		return Result{Warnings: found}, err
	}
	if err := t.matchName(obj); err != nil {
		return Result{Warnings: found}, err
	}
	if sub == nil && t.Resource.Kind.AllowCreateOnUpdate && obj.GetUID() == "" {
		if _, exists := t.Resource.Table.Get(t.key()); !exists {
			obj.SetResourceVersion("")
			return p.create(ctx, t, obj, creation{options: metav1.CreateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager}, warnings: found})
		}
	}
	m.uid = obj.GetUID()
	// A retry edits a fresh copy: the steps change the object.
	m.edit = func(kinds.Object) (kinds.Object, []string, error) {
		return obj.DeepCopyObject().(kinds.Object), found, nil
	}
	return p.modify(ctx, m)
}

// updateView replaces a subresource's own object.
func (p *Pipeline) updateView(ctx context.Context, m modification, b Body, opts metav1.UpdateOptions) (Result, error) {
	body, found, err := m.target.decodeSub(m.sub, b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if meta, ok := body.(metav1.Object); ok {
		if err := m.target.matchNamespace(meta); err != nil {
			return Result{Warnings: found}, err
		}
		if err := m.target.matchName(meta); err != nil {
			return Result{Warnings: found}, err
		}
	}
	m.body = body
	m.edit = func(parent kinds.Object) (kinds.Object, []string, error) {
		return parent, found, m.sub.Merge(parent, body)
	}
	return p.modify(ctx, m)
}

// subresource finds the target's subresource, nil for the object itself, and checks that it answers the verb.
func (t Target) subresource(verb string) (*kinds.Subresource, error) {
	if t.Subresource == "" {
		return nil, nil
	}
	sub, ok := t.Resource.Kind.Subresource(t.Subresource)
	if !ok {
		return nil, apierrors.NewGenericServerResponse(404, verb, noResource, "", "", 0, false)
	}
	for _, v := range sub.Verbs {
		if v == verb {
			return sub, nil
		}
	}
	return nil, apierrors.NewMethodNotSupported(t.Resource.Kind.GroupResource(), verb)
}

// modification is a write to an object that exists: an update, a patch, an action.
type modification struct {
	target    Target
	sub       *kinds.Subresource
	operation Operation
	body      runtime.Object
	options   runtime.Object
	dryRun    bool
	// manager is who changes fields; owned tells that edit has noted the owners itself.
	manager string
	owned   bool
	// uid is that of the object which the writer means; "" for any.
	uid types.UID
	// follows tells that an edit begins with what is stored, so that the version it carries over is no condition.
	follows bool
	// edit returns what the object shall be, made from parent, a private copy of what it is. It is called again after a conflict
	// that nobody asked to be told of.
	edit func(parent kinds.Object) (kinds.Object, []string, error)
}

// maxRetries bounds how often an unconditional write starts over after losing to another writer.
const maxRetries = 100

// modify takes a change of an existing object through the steps.
func (p *Pipeline) modify(ctx context.Context, m modification) (Result, error) {
	for retry := 0; ; retry++ {
		result, conditional, err := p.modifyOnce(ctx, m)
		if !errors.Is(err, errLost) {
			return result, err
		}
		if conditional || retry == maxRetries {
			return Result{}, m.target.Resource.conflict(m.target.Name)
		}
		if ctx.Err() != nil {
			return Result{}, storeError(ctx.Err())
		}
	}
}

func (p *Pipeline) modifyOnce(ctx context.Context, m modification) (result Result, conditional bool, err error) {
	t, r := m.target, m.target.Resource
	old, ok := r.Table.Get(t.key())
	if !ok {
		return Result{}, false, apierrors.NewNotFound(r.Kind.GroupResource(), t.Name)
	}
	before := old.Object
	if err := t.checkUID(before, m.uid); err != nil {
		return Result{}, true, err
	}
	var w warnings
	var attempt Attempt
	defer attempt.settle()
	obj, conditional, err := p.change(ctx, m, before, &w, &attempt)
	if err != nil {
		return Result{Warnings: w.texts}, conditional, err
	}
	entry := old
	switch {
	case m.dryRun:
	case r.finished(obj):
		// The last finalizer went: the update is the deletion.
		if _, err := p.erase(ctx, r, old); err != nil {
			return Result{Warnings: w.texts}, conditional, err
		}
		result, err := p.dryRun(t, obj, false)
		result.Warnings = w.texts
		return result, conditional, err
	case unchanged(obj, before):
	default:
		if entry, err = p.write(ctx, r, t.key(), obj, old); err != nil {
			return Result{Warnings: w.texts}, conditional, err
		}
		obj = entry.Object
	}
	result, err = p.answer(t, m.sub, obj, entry, m.dryRun)
	result.Warnings = w.texts
	return result, conditional, err
}

// change takes an object from what it is to what is to be stored, as the attempt that it makes.
func (p *Pipeline) change(ctx context.Context, m modification, before kinds.Object, w *warnings, attempt *Attempt) (obj kinds.Object, conditional bool, err error) {
	t, r := m.target, m.target.Resource
	obj, found, err := m.edit(before.DeepCopyObject().(kinds.Object))
	w.add(found...)
	if err != nil {
		return nil, false, err
	}
	ownersOnce(obj, w, false)
	keepSystem(obj, before)
	if !m.owned {
		if err := p.own(t, m.sub, before, obj, m.manager); err != nil {
			return nil, false, err
		}
	}
	*attempt = Attempt{Target: t, Operation: m.operation, Object: obj, Old: before, Body: m.body, DryRun: m.dryRun, Options: m.options, Warn: func(s string) { w.add(s) }}
	if err := p.admission.Mutate(ctx, attempt); err != nil {
		return nil, false, err
	}
	ownersOnce(obj, w, true)
	if m.body == nil {
		same := m.follows && obj.GetResourceVersion() == before.GetResourceVersion()
		if conditional, err = t.checkVersion(obj, before); err != nil {
			return nil, conditional, err
		}
		conditional = conditional && !same
	}
	r.prepareUpdate(obj, before, m.sub)
	if err := r.validateUpdate(obj, before, m.sub); err != nil {
		return nil, conditional, err
	}
	switch {
	case m.sub == nil && r.Kind.Warnings != nil:
		w.add(r.Kind.Warnings(obj, before)...)
	case m.sub != nil && m.sub.Warnings != nil:
		w.add(m.sub.Warnings(obj, before)...)
	}
	return obj, conditional, p.admission.Validate(ctx, attempt)
}

// answer is the outcome of a modification: the stored entry, or what the subresource shows of it.
func (p *Pipeline) answer(t Target, sub *kinds.Subresource, obj kinds.Object, entry *cache.Entry, dryRun bool) (Result, error) {
	if sub != nil && sub.View != nil {
		view, err := sub.View(obj)
		if err != nil {
			return Result{}, err
		}
		return Result{Object: view}, nil
	}
	if dryRun {
		return p.dryRun(t, obj, false)
	}
	return Result{Entry: entry}, nil
}

func (r *Resource) prepareUpdate(obj, old kinds.Object, sub *kinds.Subresource) {
	r.fill(obj)
	switch {
	case sub != nil && sub.Prepare != nil:
		sub.Prepare(obj, old)
	case sub != nil:
	case r.Kind.PrepareUpdate != nil:
		r.Kind.PrepareUpdate(obj, old)
	}
	obj.SetGeneration(old.GetGeneration())
	// A status tells about a generation and never makes a new one, even where it carries annotations that count elsewhere.
	if (sub == nil || sub.Name != "status") && r.Kind.Generation != nil && r.Kind.Generation(obj, old) {
		obj.SetGeneration(old.GetGeneration() + 1)
	}
}

// finished tells that nothing keeps a deleted object any more.
func (r *Resource) finished(obj kinds.Object) bool {
	if obj.GetDeletionTimestamp() == nil || len(obj.GetFinalizers()) > 0 {
		return false
	}
	if grace := obj.GetDeletionGracePeriodSeconds(); grace != nil && *grace > 0 {
		return false
	}
	return r.Kind.KeepWhileFinalizing == nil || !r.Kind.KeepWhileFinalizing(obj)
}

// unchanged tells that a write would store what is stored already.
func unchanged(obj, old kinds.Object) bool {
	obj.SetResourceVersion(old.GetResourceVersion())
	return equality.Semantic.DeepEqual(obj, old)
}
