package resource

import (
	"context"
	"errors"
	"strconv"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/base/identity"
	"argosy.dev/kinds"
)

var noResource = schema.GroupResource{}

// Create makes a new object, or answers a question (a review), or, where the target names a subresource, carries out its action (a
// Binding).
func (p *Pipeline) Create(ctx context.Context, t Target, b Body, opts metav1.CreateOptions) (Result, error) {
	sub, _ := t.Resource.Kind.Subresource(t.Subresource)
	switch {
	case t.Resource.Kind.Answered, sub != nil && sub.Answered:
		return p.ask(ctx, t, sub, b, opts)
	case t.Subresource != "":
		return p.act(ctx, t, b, opts)
	case t.Resource.Kind.Forward != "":
		return p.forward(ctx, t, b, opts)
	}
	obj, found, err := t.decode(b, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	if err := t.matchNamespace(obj); err != nil {
		return Result{Warnings: found}, err
	}
	return p.create(ctx, t, obj, creation{options: opts, warnings: found})
}

// creation is how an object is made.
type creation struct {
	options metav1.CreateOptions
	// warnings are what its body gave rise to.
	warnings []string
	// owned tells that its fields have their owners already.
	owned bool
}

// create takes an object through the steps.
func (p *Pipeline) create(ctx context.Context, t Target, obj kinds.Object, c creation) (Result, error) {
	w := warnings{texts: c.warnings}
	wipeSystem(obj)
	ownersOnce(obj, &w, false)
	if !c.owned {
		if err := p.own(t, nil, nil, obj, c.options.FieldManager); err != nil {
			return Result{Warnings: w.texts}, err
		}
	}
	t.Name = obj.GetName()
	attempt := &Attempt{Target: t, Operation: Create, Object: obj, DryRun: isDryRun(c.options.DryRun), Options: &c.options, Warn: func(s string) { w.add(s) }}
	if err := p.admission.Mutate(ctx, attempt); err != nil {
		return Result{Warnings: w.texts}, err
	}
	ownersOnce(obj, &w, true)
	before := len(w.texts)
	for try := 1; ; try++ {
		w.texts = w.texts[:before]
		result, err := p.createNamed(ctx, *attempt, &w)
		result.Warnings = w.texts
		if !apierrors.IsAlreadyExists(err) || obj.GetName() != "" || obj.GetGenerateName() == "" {
			return result, err
		}
		if try == nameAttempts {
			// The client may try again: names run out by chance.
			return result, apierrors.NewGenerateNameConflict(t.Resource.Kind.GroupResource(), attempt.Name, 1)
		}
	}
}

// createNamed makes one try with one name. The object of the attempt is left as it is where it may be needed for another.
func (p *Pipeline) createNamed(ctx context.Context, a Attempt, w *warnings) (Result, error) {
	r, obj := a.Resource, a.Object
	if obj.GetName() == "" && obj.GetGenerateName() != "" {
		obj = obj.DeepCopyObject().(kinds.Object)
		obj.SetName(generateName(obj.GetGenerateName()))
		a.Object, a.Name = obj, obj.GetName()
	}
	stampNew(obj)
	r.fill(obj)
	if r.Kind.PrepareCreate != nil {
		r.Kind.PrepareCreate(obj)
		a.Name = obj.GetName() // a kind may name its own
	}
	if user := identity.FromContext(ctx); r.Kind.Requester != nil && user != nil {
		r.Kind.Requester(obj, user)
	}
	if r.Kind.Generation != nil && !r.Kind.GenerationFromZero {
		obj.SetGeneration(1)
	}
	if err := r.validateCreate(obj); err != nil {
		return Result{}, err
	}
	if r.Kind.Warnings != nil {
		w.add(r.Kind.Warnings(obj, nil)...)
	}
	defer a.settle()
	if err := p.admission.Validate(ctx, &a); err != nil {
		return Result{}, err
	}
	if a.DryRun {
		if _, exists := r.Table.Get(a.key()); exists {
			return Result{}, apierrors.NewAlreadyExists(r.Kind.GroupResource(), a.Name)
		}
		return p.dryRun(a.Target, obj, true)
	}
	if v, err := strconv.ParseUint(obj.GetResourceVersion(), 10, 64); err == nil && v != 0 {
		return Result{}, errVersionOnCreate
	}
	entry, err := p.write(ctx, r, a.key(), obj, nil)
	if errors.Is(err, errLost) {
		return Result{}, apierrors.NewAlreadyExists(r.Kind.GroupResource(), a.Name)
	}
	return Result{Entry: entry, Created: true}, err
}

// errVersionOnCreate has no reason of its own, as upstream's has none.
var errVersionOnCreate = errors.New("resourceVersion should not be set on objects to be created")

func (p *Pipeline) dryRun(t Target, obj kinds.Object, created bool) (Result, error) {
	out, err := t.Convert(obj)
	if err != nil {
		return Result{}, apierrors.NewInternalError(err)
	}
	return Result{Object: out, Created: created}, nil
}
