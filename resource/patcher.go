package resource

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/mergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/apimachinery/pkg/util/validation/field"
	kjson "sigs.k8s.io/json"
)

const (
	// maxPatchOperations bounds a JSON patch, as upstream does.
	maxPatchOperations = 10000
	// maxPatchCopies is how many bytes the copies of one JSON patch may add; each may double what there is.
	maxPatchCopies = 3 << 20
)

// maxStrategicPairs bounds a strategic merge patch: the library compares each item of a list with each, a fifth of a microsecond a pair.
const maxStrategicPairs = 10_000_000

// items counts what is in the lists of a tree.
func items(tree any) (n int) {
	switch tree := tree.(type) {
	case map[string]any:
		for _, v := range tree {
			n += items(v)
		}
	case []any:
		n += len(tree)
		for _, v := range tree {
			n += items(v)
		}
	}
	return n
}

// boundPatches sets the library's bound, which it keeps in a variable: before the first patch can be read, and never again.
var boundPatches = sync.OnceFunc(func() { jsonpatch.AccumulatedCopySizeLimit = maxPatchCopies })

// jsonPatchOp is one step of a JSON patch (RFC 6902); it serves to find fields that a step does not have.
type jsonPatchOp struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	From  string `json:"from"`
	Value any    `json:"value"`
}

func (d decoder) jsonPatch(patch []byte) (patcher, error) {
	var strict []error
	if d.validation != metav1.FieldValidationIgnore {
		var steps []jsonPatchOp
		found, err := kjson.UnmarshalStrict(patch, &steps)
		if err != nil {
			// Clients know the type by the name that it has upstream.
			return nil, badPatch(strings.ReplaceAll(err.Error(), "resource.jsonPatchOp", "handlers.jsonPatchOp"))
		}
		for _, e := range found {
			strict = append(strict, fmt.Errorf("json patch %w", e))
		}
	}
	operations, err := jsonpatch.DecodePatch(patch)
	if err != nil {
		return nil, badPatch(err.Error())
	}
	if len(operations) > maxPatchOperations {
		return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("The allowed maximum operations in a JSON patch is %d, got %d", maxPatchOperations, len(operations)))
	}
	return d.patchJSON(strict, func(current []byte) ([]byte, error) {
		patched, err := guarded(func() ([]byte, error) { return operations.Apply(current) })
		var copies *jsonpatch.AccumulatedCopySizeError
		switch {
		case errors.As(err, &copies):
			return nil, apierrors.NewRequestEntityTooLargeError(err.Error())
		case err != nil:
			return nil, apierrors.NewGenericServerResponse(422, "", noResource, "", err.Error(), 0, false)
		}
		return patched, nil
	}), nil
}

func (d decoder) mergePatch(patch []byte) (patcher, error) {
	var wanted map[string]any
	strict, err := kjson.UnmarshalStrict(patch, &wanted)
	if err != nil {
		return nil, badPatch(err.Error())
	}
	if d.validation == metav1.FieldValidationIgnore {
		strict = nil
	}
	return d.patchJSON(strict, func(current []byte) ([]byte, error) {
		patched, err := guarded(func() ([]byte, error) { return jsonpatch.MergePatch(current, patch) })
		if err != nil {
			return nil, apierrors.NewBadRequest(err.Error())
		}
		return patched, nil
	}), nil
}

func badPatch(message string) error {
	return apierrors.NewBadRequest("error decoding patch: " + message)
}

// patchJSON makes a patcher of a change of an object's JSON. strict is what is wrong with the fields of the patch itself.
func (d decoder) patchJSON(strict []error, change func([]byte) ([]byte, error)) patcher {
	return func(current, into runtime.Object, gvk schema.GroupVersionKind) ([]string, error) {
		d := d
		d.want = gvk
		raw, err := withTypeMeta(current, gvk)
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		patched, err := change(raw)
		if err != nil {
			return nil, err
		}
		found, err := d.object(patched, into)
		if err != nil {
			return nil, invalidPatch(string(patched), err)
		}
		warnings, err := d.outcome(append(strict[:len(strict):len(strict)], found...))
		if err != nil {
			return nil, invalidPatch(string(patched), err)
		}
		return warnings, nil
	}
}

// guarded calls a library that panics on patches which it did not foresee, and makes an error of that.
func guarded[T any](apply func() (T, error)) (out T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = apierrors.NewGenericServerResponse(422, "", noResource, "", fmt.Sprintf("the patch cannot be applied: %v", cause), 0, false)
		}
	}()
	return apply()
}

// invalidPatch tells that a patch makes something of an object that it cannot be.
func invalidPatch(shown any, err error) error {
	return apierrors.NewInvalid(schema.GroupKind{}, "", field.ErrorList{field.Invalid(field.NewPath("patch"), shown, err.Error())})
}

func (d decoder) strategicPatch(patch []byte) (patcher, error) {
	wanted := map[string]any{}
	strict, err := kjson.UnmarshalStrict(patch, &wanted)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	ignore := d.validation == metav1.FieldValidationIgnore
	if ignore {
		strict = nil
	}
	return func(current, into runtime.Object, gvk schema.GroupVersionKind) ([]string, error) {
		original, err := runtime.DefaultUnstructuredConverter.ToUnstructured(current)
		if err != nil {
			return nil, apierrors.NewInternalError(err)
		}
		original["apiVersion"], original["kind"] = gvk.ToAPIVersionAndKind()
		if n := items(wanted); n*(n+items(original)) > maxStrategicPairs {
			return nil, apierrors.NewRequestEntityTooLargeError(fmt.Sprintf("The lists of a strategic merge patch have %d items, too many to be merged", n))
		}
		wanted := runtime.DeepCopyJSON(wanted) // the merge takes parts of it
		patched, err := guarded(func() (map[string]any, error) { return strategicpatch.StrategicMergeMapPatch(original, wanted, into) })
		if err != nil {
			return nil, strategicError(err)
		}
		_, err = guarded(func() (any, error) {
			return nil, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(patched, into, !ignore)
		})
		var found []error
		if strictErr, ok := runtime.AsStrictDecodingError(err); ok {
			found = strictErr.Errors()
		} else if err != nil {
			return nil, invalidPatch(fmt.Sprintf("%+v", wanted), err)
		}
		warnings, err := d.outcome(append(strict[:len(strict):len(strict)], found...))
		if err != nil {
			return nil, invalidPatch(fmt.Sprintf("%+v", wanted), err)
		}
		return warnings, nil
	}, nil
}

// strategicError is what a merge's error comes to. Those that are not among the named are told as they are, without a reason.
func strategicError(err error) error {
	for _, bad := range []error{mergepatch.ErrBadJSONDoc, mergepatch.ErrBadPatchFormatForPrimitiveList, mergepatch.ErrBadPatchFormatForRetainKeys,
		mergepatch.ErrBadPatchFormatForSetElementOrderList, mergepatch.ErrUnsupportedStrategicMergePatchFormat} {
		if errors.Is(err, bad) {
			return apierrors.NewBadRequest(err.Error())
		}
	}
	if errors.Is(err, mergepatch.ErrNoListOfLists) {
		return apierrors.NewGenericServerResponse(422, "", noResource, "", err.Error(), 0, false)
	}
	return err
}
