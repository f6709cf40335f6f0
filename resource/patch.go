package resource

import (
	"context"
	"encoding/json"
	"fmt"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

// maxPatchOperations bounds a JSON patch, as upstream does.
const maxPatchOperations = 10000

// Patch changes a part of an object, or of what a subresource shows of it.
func (p *Pipeline) Patch(ctx context.Context, t Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (Result, error) {
	if pt == types.ApplyYAMLPatchType {
		return p.apply(ctx, t, patch, opts)
	}
	sub, err := t.subresource("patch")
	if err != nil {
		return Result{}, err
	}
	apply, err := t.patcher(pt, patch, opts)
	if err != nil {
		return Result{}, err
	}
	updateOptions := &metav1.UpdateOptions{DryRun: opts.DryRun, FieldManager: opts.FieldManager, FieldValidation: opts.FieldValidation}
	m := modification{target: t, sub: sub, operation: Update, options: updateOptions, manager: opts.FieldManager, dryRun: isDryRun(opts.DryRun)}
	if sub != nil && sub.Merge != nil {
		m.body = sub.New()
		m.edit = func(parent kinds.Object) (kinds.Object, []string, error) {
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
		return p.modify(ctx, m)
	}
	m.edit = func(old kinds.Object) (kinds.Object, []string, error) {
		shown, err := t.Convert(old)
		if err != nil {
			return nil, nil, apierrors.NewInternalError(err)
		}
		_, v := t.Resource.version(t.Version)
		obj := v.new()
		warnings, err := apply(shown, obj, t.GVK())
		if err != nil {
			return nil, nil, err
		}
		if obj, err = t.complete(obj); err != nil {
			return nil, nil, err
		}
		if obj.GetResourceVersion() == old.GetResourceVersion() {
			// Not in the patch, or true: the patch holds for whatever is stored when it is tried again.
			obj.SetResourceVersion("0")
		}
		if obj.GetName() != t.Name {
			return nil, nil, t.Resource.invalid(t.Name, field.ErrorList{field.Invalid(field.NewPath("metadata", "name"), obj.GetName(), "field is immutable")})
		}
		if err := t.matchNamespace(obj); err != nil {
			return nil, nil, err
		}
		return obj, warnings, nil
	}
	return p.modify(ctx, m)
}

// patcher returns a function that puts the patched form of current into into.
type patcher func(current, into runtime.Object, gvk schema.GroupVersionKind) (warnings []string, err error)

func (t Target) patcher(pt types.PatchType, patch []byte, opts metav1.PatchOptions) (patcher, error) {
	var change func(current []byte, into runtime.Object) ([]byte, error)
	switch pt {
	case types.JSONPatchType:
		operations, err := jsonpatch.DecodePatch(patch)
		if err != nil {
			return nil, apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
		}
		if len(operations) > maxPatchOperations {
			return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("The allowed maximum operations in a JSON patch is %d, got %d", maxPatchOperations, len(operations)))
		}
		change = func(current []byte, _ runtime.Object) ([]byte, error) {
			patched, err := operations.Apply(current)
			if err != nil {
				return nil, apierrors.NewGenericServerResponse(422, "", noResource, "", err.Error(), 0, false)
			}
			return patched, nil
		}
	case types.MergePatchType:
		if err := checkObject(patch); err != nil {
			return nil, err
		}
		change = func(current []byte, _ runtime.Object) ([]byte, error) {
			patched, err := jsonpatch.MergePatch(current, patch)
			if err != nil {
				return nil, apierrors.NewBadRequest(err.Error())
			}
			return patched, nil
		}
	case types.StrategicMergePatchType:
		if t.Resource.Custom() {
			return nil, unsupportedPatch(pt)
		}
		if err := checkObject(patch); err != nil {
			return nil, err
		}
		change = func(current []byte, into runtime.Object) ([]byte, error) {
			patched, err := strategicpatch.StrategicMergePatch(current, patch, into)
			if err != nil {
				if mergepatch.IsPreconditionFailed(err) {
					return nil, apierrors.NewConflict(t.Resource.Kind.GroupResource(), t.Name, err)
				}
				return nil, apierrors.NewBadRequest(err.Error())
			}
			return patched, nil
		}
	default:
		return nil, unsupportedPatch(pt)
	}
	return func(current, into runtime.Object, gvk schema.GroupVersionKind) ([]string, error) {
		raw, err := withTypeMeta(current, gvk)
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		patched, err := change(raw, into)
		if err != nil {
			return nil, err
		}
		return decodeJSON(patched, into, gvk, opts.FieldValidation)
	}, nil
}

func unsupportedPatch(pt types.PatchType) error {
	return apierrors.NewGenericServerResponse(415, "", noResource, "", fmt.Sprintf("the body of the request was in an unknown format - accepted media types include: %s, %s", types.JSONPatchType, types.MergePatchType)+": got "+string(pt), 0, true)
}

func checkObject(patch []byte) error {
	var m map[string]any
	if err := json.Unmarshal(patch, &m); err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("error decoding patch: %v", err))
	}
	return nil
}

// withTypeMeta writes an object as a client sees it: with kind and apiVersion.
func withTypeMeta(obj runtime.Object, gvk schema.GroupVersionKind) ([]byte, error) {
	raw, err := marshalJSON(obj)
	if err != nil {
		return nil, err
	}
	return WithTypeMeta(raw, gvk), nil
}

// WithTypeMeta puts kind and apiVersion in front of a JSON object that lacks them.
func WithTypeMeta(raw []byte, gvk schema.GroupVersionKind) []byte {
	return AppendTypeMeta(make([]byte, 0, len(raw)+len(gvk.Group)+len(gvk.Version)+len(gvk.Kind)+32), raw, gvk)
}

// AppendTypeMeta appends a JSON object that lacks kind and apiVersion, with them in front.
func AppendTypeMeta(buf, raw []byte, gvk schema.GroupVersionKind) []byte {
	apiVersion, kind := gvk.ToAPIVersionAndKind()
	buf = append(buf, `{"kind":"`...)
	buf = append(buf, kind...)
	buf = append(buf, `","apiVersion":"`...)
	buf = append(buf, apiVersion...)
	buf = append(buf, '"')
	if len(raw) > 2 { // more than {}
		buf = append(buf, ',')
	}
	return append(buf, raw[1:]...)
}
