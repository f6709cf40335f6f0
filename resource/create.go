package resource

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

var noResource = schema.GroupResource{}

// Create makes a new object, or, where the target names a subresource, carries out its action (a Binding).
func (p *Pipeline) Create(ctx context.Context, t Target, b Body, opts metav1.CreateOptions) (Result, error) {
	if t.Subresource != "" {
		return p.act(ctx, t, b, opts)
	}
	obj, warnings, err := t.decode(b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if err := t.matchNamespace(obj); err != nil {
		return Result{}, err
	}
	if obj.GetResourceVersion() != "" {
		return Result{}, apierrors.NewBadRequest("resourceVersion should not be set on objects to be created")
	}
	generated := obj.GetName() == "" && obj.GetGenerateName() != ""
	for attempt := 1; ; attempt++ {
		try := obj
		if generated {
			try = obj.DeepCopyObject().(kinds.Object)
			try.SetName(generateName(obj.GetGenerateName()))
		}
		result, err := p.create(ctx, t, try, opts, warnings, false)
		if generated && apierrors.IsAlreadyExists(err) && attempt < nameAttempts {
			continue
		}
		return result, err
	}
}

// create takes an object with its name through the steps. owned tells that its fields have their owners already.
func (p *Pipeline) create(ctx context.Context, t Target, obj kinds.Object, opts metav1.CreateOptions, warnings []string, owned bool) (Result, error) {
	kind := t.Resource.Kind
	t.Name = obj.GetName()
	stampNew(obj)
	if !owned {
		p.own(t.Resource, nil, nil, obj, opts.FieldManager)
	}
	warn := func(w string) { warnings = append(warnings, w) }
	attempt := &Attempt{Target: t, Operation: Create, Object: obj, DryRun: isDryRun(opts.DryRun), Options: &opts, Warn: warn}
	if err := p.admission.Mutate(ctx, attempt); err != nil {
		return Result{}, err
	}
	t.Resource.fill(obj)
	if kind.PrepareCreate != nil {
		kind.PrepareCreate(obj)
	}
	obj.SetGeneration(0)
	if kind.Generation != nil {
		obj.SetGeneration(1)
	}
	if err := t.Resource.validateCreate(obj); err != nil {
		return Result{}, err
	}
	if kind.Warnings != nil {
		warnings = append(warnings, kind.Warnings(obj, nil)...)
	}
	if err := p.admission.Validate(ctx, attempt); err != nil {
		return Result{}, err
	}
	if attempt.DryRun {
		if _, exists := t.Resource.Table.Get(t.key()); exists {
			return Result{}, apierrors.NewAlreadyExists(kind.GroupResource(), t.Name)
		}
		return p.dryRun(t, obj, true, warnings)
	}
	entry, err := p.write(ctx, t.Resource, t.key(), obj, nil)
	if errors.Is(err, errLost) {
		return Result{}, apierrors.NewAlreadyExists(kind.GroupResource(), t.Name)
	}
	if err != nil {
		return Result{}, err
	}
	return Result{Entry: entry, Created: true, Warnings: warnings}, nil
}

func (p *Pipeline) dryRun(t Target, obj kinds.Object, created bool, warnings []string) (Result, error) {
	out, err := t.Convert(obj)
	if err != nil {
		return Result{}, apierrors.NewInternalError(err)
	}
	return Result{Object: out, Created: created, Warnings: warnings}, nil
}

// act carries out a subresource's action: its body is merged into the parent, the answer is a Status.
func (p *Pipeline) act(ctx context.Context, t Target, b Body, opts metav1.CreateOptions) (Result, error) {
	sub, ok := t.Resource.Kind.Subresource(t.Subresource)
	if !ok || sub.Merge == nil {
		return Result{}, apierrors.NewMethodNotSupported(t.Resource.Kind.GroupResource(), "create")
	}
	body, warnings, err := decodeSub(sub, b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if m, ok := body.(metav1.Object); ok {
		if err := t.matchNamespace(m); err != nil {
			return Result{}, err
		}
		if err := t.matchName(m); err != nil {
			return Result{}, err
		}
	}
	result, err := p.modify(ctx, modification{
		target: t, sub: sub, operation: Create, body: body, options: &opts, manager: opts.FieldManager, dryRun: isDryRun(opts.DryRun),
		edit: func(parent kinds.Object) (kinds.Object, []string, error) { return parent, nil, sub.Merge(parent, body) },
	})
	if err != nil {
		return Result{}, err
	}
	return Result{Status: &metav1.Status{Status: metav1.StatusSuccess, Code: 201}, Created: true, Warnings: append(warnings, result.Warnings...)}, nil
}
