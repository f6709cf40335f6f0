package resource

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/kinds"
)

// Patch changes a part of an object, or of what a subresource shows of it.
func (p *Pipeline) Patch(ctx context.Context, t Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (Result, error) {
	if pt == types.ApplyYAMLPatchType {
		return p.apply(ctx, t, patch, opts)
	}
	sub, err := t.subresource("patch")
	if err != nil {
		return Result{}, err
	}
	updateOptions := &metav1.UpdateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager, FieldValidation: opts.FieldValidation}
	m := modification{target: t, sub: sub, operation: Update, options: updateOptions, manager: opts.FieldManager, dryRun: isDryRun(opts.DryRun), follows: true}
	apply, err := t.patcher(pt, patch, opts)
	switch {
	case err != nil:
		return Result{}, err
	case sub != nil && sub.Merge != nil:
		m.body = sub.New()
		m.edit = patchView(sub, apply)
	default:
		m.edit = t.patchObject(apply)
	}
	return p.modify(ctx, m)
}

// patchView patches a subresource's own object and puts it back into its parent.
func patchView(sub *kinds.Subresource, apply patcher) func(kinds.Object) (kinds.Object, []string, error) {
	return func(parent kinds.Object) (kinds.Object, []string, error) {
		view, err := sub.View(parent)
		if err != nil {
			return nil, nil, err
		}
		body := sub.New()
		warnings, err := apply(view, body, sub.GVK)
		if err != nil {
			return nil, nil, err
		}
		body.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
		return parent, warnings, sub.Merge(parent, body)
	}
}

func (t Target) patchObject(apply patcher) func(kinds.Object) (kinds.Object, []string, error) {
	return func(old kinds.Object) (kinds.Object, []string, error) {
		shown, err := t.Convert(old)
		if err != nil {
			return nil, nil, apierrors.NewInternalError(err)
		}
		obj := t.NewObject()
		warnings, err := apply(shown, obj, t.GVK())
		if err != nil {
			return nil, nil, err
		}
		if obj, err = t.complete(obj); err != nil {
			return nil, warnings, err
		}
		if err := t.matchNamespace(obj); err != nil {
			return nil, warnings, err
		}
		return obj, warnings, t.matchName(obj)
	}
}

// patcher puts the patched form of current into into, an empty object of kind gvk.
type patcher func(current, into runtime.Object, gvk schema.GroupVersionKind) (warnings []string, err error)

// patcher reads a patch, once for all tries.
func (t Target) patcher(pt types.PatchType, patch []byte, opts metav1.PatchOptions) (patcher, error) {
	d := t.decoder(opts.FieldValidation)
	switch {
	case pt == types.JSONPatchType:
		return d.jsonPatch(patch)
	case pt == types.MergePatchType:
		return d.mergePatch(patch)
	case pt == types.StrategicMergePatchType && !t.Resource.Custom():
		return d.strategicPatch(patch)
	}
	return nil, apierrors.NewGenericServerResponse(415, "patch", t.Resource.Kind.GroupResource(), t.Name, "this resource takes no patch of type "+string(pt), 0, false)
}
