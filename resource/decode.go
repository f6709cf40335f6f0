package resource

import (
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// decode makes the stored form of a body in the target's version, defaults filled in. The object is the caller's alone.
func (t Target) decode(b Body, validation string) (kinds.Object, []string, error) {
	if b.Object != nil {
		obj, ok := b.Object.(kinds.Object)
		if !ok {
			return nil, nil, apierrors.NewBadRequest(fmt.Sprintf("%T cannot be handled as a %s", b.Object, t.GVK().Kind))
		}
		t.Resource.strip(obj)
		t.Resource.fill(obj)
		return obj, nil, nil
	}
	_, v := t.Resource.version(t.Version)
	obj := v.new()
	warnings, err := t.decoder(validation).into(b, obj)
	if err != nil {
		return nil, nil, err
	}
	obj, err = t.complete(obj)
	return obj, warnings, err
}

// complete takes an object as a client wrote it in the target's version to its stored form, defaults filled in.
func (t Target) complete(obj kinds.Object) (kinds.Object, error) {
	_, v := t.Resource.version(t.Version)
	t.Resource.strip(obj)
	if v.fill != nil {
		v.fill(obj)
	}
	if v.toStored == nil {
		return obj, nil
	}
	stored, err := v.toStored(obj)
	if err != nil {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	t.Resource.fill(stored)
	return stored, nil
}

// decodeSub reads the body of a subresource that has an object of its own.
func (t Target) decodeSub(sub *kinds.Subresource, b Body, validation string) (runtime.Object, []string, error) {
	if b.Object != nil {
		return b.Object, nil, nil
	}
	body := sub.New()
	warnings, err := decoder{want: sub.GVK, same: sub.Same, validation: validation, other: t.Resource.pipeline.LookupKind}.into(b, body)
	if err != nil {
		return nil, nil, err
	}
	body.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return body, warnings, nil
}

// strip takes kind and apiVersion out of a typed object: they are implied, and put back when it is written.
func (r *Resource) strip(obj kinds.Object) {
	if !r.Custom() {
		obj.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	}
}
