package resource

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"argosy.dev/kinds"
)

// apply is server-side apply (KEP-555): the body is what the manager wants of the object, which is made where there is none.
func (p *Pipeline) apply(ctx context.Context, t Target, patch []byte, opts metav1.PatchOptions) (Result, error) {
	sub, err := t.subresource("patch")
	if err != nil {
		return Result{}, err
	}
	wanted, warnings, err := t.decodeApply(sub, patch, opts.FieldValidation)
	if err != nil {
		return Result{}, err
	}
	fields, err := p.ownersOf(t, sub)
	if err != nil {
		return Result{}, apierrors.NewInternalError(err)
	}
	if fields == nil {
		return Result{}, apierrors.NewMethodNotSupported(t.Resource.Kind.GroupResource(), "apply")
	}
	force := opts.Force != nil && *opts.Force
	merge := func(live kinds.Object) (kinds.Object, error) {
		obj, err := fields.Apply(live, wanted.DeepCopy(), opts.FieldManager, force)
		if err != nil {
			return nil, err
		}
		if sub != nil && sub.View != nil {
			timeless(obj, sub.Name)
		}
		t.Resource.fill(obj)
		if err := t.matchNamespace(obj); err != nil {
			return nil, err
		}
		return obj, t.matchName(obj)
	}
	if _, exists := t.Resource.Table.Get(t.key()); !exists && sub == nil {
		result, err := p.applyNew(ctx, t, merge, opts, warnings)
		if !apierrors.IsAlreadyExists(err) {
			return result, err
		}
	}
	options := &metav1.UpdateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager, FieldValidation: opts.FieldValidation}
	return p.modify(ctx, modification{target: t, sub: sub, operation: Update, options: options, dryRun: isDryRun(opts.DryRun), owned: true, follows: true,
		edit: func(old kinds.Object) (kinds.Object, []string, error) {
			obj, err := merge(old)
			return obj, warnings, err
		}})
}

// timeless takes the time off what was applied through a subresource's own object, as upstream has none there.
func timeless(obj kinds.Object, name string) {
	owners := obj.GetManagedFields()
	for i := range owners {
		if owners[i].Subresource == name && owners[i].Operation == metav1.ManagedFieldsOperationApply {
			owners[i].Time = nil
		}
	}
	obj.SetManagedFields(owners)
}

func (p *Pipeline) applyNew(ctx context.Context, t Target, merge func(kinds.Object) (kinds.Object, error), opts metav1.PatchOptions, warnings []string) (Result, error) {
	obj, err := merge(nil)
	if err != nil {
		return Result{}, err
	}
	if obj.GetUID() != "" {
		return Result{}, apierrors.NewConflict(t.Resource.Kind.GroupResource(), t.Name, fmt.Errorf("uid mismatch: the provided object specified uid %s, and no existing object was found", obj.GetUID()))
	}
	return p.create(ctx, t, obj, creation{options: metav1.CreateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager, FieldValidation: opts.FieldValidation}, warnings: warnings, owned: true})
}

// decodeApply reads the body of an apply, JSON or YAML, into the shape of the object itself. A subresource's own object (a Scale) has its
// fields where the object has them.
func (t Target) decodeApply(sub *kinds.Subresource, patch []byte, validation string) (*unstructured.Unstructured, []string, error) {
	converted, err := yaml.YAMLToJSON(patch)
	if err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	var warnings []string
	if validation != metav1.FieldValidationIgnore {
		if _, err := yaml.YAMLToJSONStrict(patch); err != nil {
			if validation == metav1.FieldValidationStrict {
				return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
			}
			warnings = append(warnings, err.Error())
		}
	}
	u := &unstructured.Unstructured{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(converted, &u.Object); err != nil {
		return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding YAML: %v", err))
	}
	if u.Object == nil {
		u.Object = map[string]any{}
	}
	want := t.GVK()
	if sub != nil && !sub.GVK.Empty() {
		want = sub.GVK
	}
	d := decoder{want: want, other: t.Resource.pipeline.LookupKind}
	if got := u.GroupVersionKind(); got.Kind == "" || got.Version == "" {
		return nil, nil, apierrors.NewBadRequest("apiVersion and kind must be set in the body of an apply")
	} else if err := d.checkKind(got); err != nil {
		return nil, nil, d.refuse(err, patch)
	}
	u.SetGroupVersionKind(t.GVK())
	return u, warnings, nil
}
