package resource

import (
	"context"
	"errors"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

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
		body, warnings, err := decodeSub(sub, b, opts.FieldValidation)
		if err != nil {
			return Result{}, err
		}
		m.body = body
		m.edit = func(parent kinds.Object) (kinds.Object, []string, error) {
			return parent, warnings, sub.Merge(parent, body)
		}
		return p.modify(ctx, m)
	}
	obj, warnings, err := t.decode(b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if err := t.matchName(obj); err != nil {
		return Result{}, err
	}
	if err := t.matchNamespace(obj); err != nil {
		return Result{}, err
	}
	if sub == nil && t.Resource.Kind.AllowCreateOnUpdate && obj.GetResourceVersion() == "" {
		if _, exists := t.Resource.Table.Get(t.key()); !exists {
			return p.create(ctx, t, obj, metav1.CreateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager}, warnings, false)
		}
	}
	// A retry edits a fresh copy: the steps change the object.
	m.edit = func(kinds.Object) (kinds.Object, []string, error) {
		return obj.DeepCopyObject().(kinds.Object), warnings, nil
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
		return nil, apierrors.NewGenericServerResponse(404, verb, t.Resource.Kind.GroupResource(), t.Name, "the server could not find the requested resource", 0, true)
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
	obj, warnings, err := m.edit(before.DeepCopyObject().(kinds.Object))
	if err != nil {
		return Result{}, false, err
	}
	if m.body == nil {
		if conditional, err = r.checkVersion(obj, before); err != nil {
			return Result{}, conditional, err
		}
	}
	keepSystem(obj, before)
	if !m.owned {
		p.own(r, m.sub, before, obj, m.manager)
	}
	warn := func(w string) { warnings = append(warnings, w) }
	attempt := &Attempt{Target: t, Operation: m.operation, Object: obj, Old: before, Body: m.body, DryRun: m.dryRun, Options: m.options, Warn: warn}
	if err := p.admission.Mutate(ctx, attempt); err != nil {
		return Result{}, conditional, err
	}
	r.prepareUpdate(obj, before, m.sub)
	if err := r.validateUpdate(obj, before, m.sub); err != nil {
		return Result{}, conditional, err
	}
	if r.Kind.Warnings != nil && m.sub == nil {
		warnings = append(warnings, r.Kind.Warnings(obj, before)...)
	}
	if err := p.admission.Validate(ctx, attempt); err != nil {
		return Result{}, conditional, err
	}
	entry := old
	switch {
	case m.dryRun:
	case r.finished(obj):
		// The last finalizer went: the update is the deletion.
		if err := p.erase(ctx, r, old); err != nil {
			return Result{}, conditional, err
		}
		result, err := p.dryRun(t, obj, false, warnings)
		return result, conditional, err
	case unchanged(obj, before):
	default:
		if entry, err = p.write(ctx, r, t.key(), obj, old); err != nil {
			return Result{}, conditional, err
		}
		obj = entry.Object
	}
	result, err = p.answer(t, m.sub, obj, entry, m.dryRun)
	result.Warnings = warnings
	return result, conditional, err
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
		return p.dryRun(t, obj, false, nil)
	}
	return Result{Entry: entry}, nil
}

// checkVersion compares what the writer read with what is stored. conditional: the writer said what it had read.
func (r *Resource) checkVersion(obj, old kinds.Object) (conditional bool, err error) {
	if uid := obj.GetUID(); uid != "" {
		if err := checkPreconditions(r, old, &uid, nil); err != nil {
			return true, err
		}
	}
	switch version := obj.GetResourceVersion(); {
	case version == "" && !r.Kind.AllowUnconditionalUpdate:
		return false, r.invalid(obj.GetName(), field.ErrorList{field.Invalid(field.NewPath("metadata", "resourceVersion"), 0, "must be specified for an update")})
	case version == "" || version == "0":
		obj.SetResourceVersion(old.GetResourceVersion())
		return false, nil
	case version != old.GetResourceVersion():
		return true, r.conflict(obj.GetName())
	}
	return true, nil
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
