package customresource

import (
	"fmt"
	"slices"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// Made is a kind and what of its definition is of use beside it.
type Made struct {
	Kind *kinds.Kind
	// Versions are the served ones.
	Versions []*Version
}

// Make makes the kind that a definition defines. A definition of which no version is served has none: nil.
//
// Objects are kept in the version that is stored. Where that is not served, they are kept in the first served one: without a webhook
// versions differ in name only.
func Make(d *apiextensionsv1.CustomResourceDefinition) (*Made, error) {
	if c := d.Spec.Conversion; c != nil && c.Strategy == apiextensionsv1.WebhookConverter {
		return nil, fmt.Errorf("serving %s: conversion by webhook is not supported yet", d.Name)
	}
	made := &Made{}
	for i := range d.Spec.Versions {
		if !d.Spec.Versions[i].Served {
			continue
		}
		v, err := newVersion(d, &d.Spec.Versions[i])
		if err != nil {
			return nil, fmt.Errorf("serving %s: %w", d.Name, err)
		}
		if d.Spec.Versions[i].Storage {
			made.Versions = slices.Insert(made.Versions, 0, v)
		} else {
			made.Versions = append(made.Versions, v)
		}
	}
	if len(made.Versions) > 0 {
		made.Kind = describe(d, made.Versions)
	}
	return made, nil
}

func describe(d *apiextensionsv1.CustomResourceDefinition, versions []*Version) *kinds.Kind {
	names, main := d.Spec.Names, versions[0]
	k := &kinds.Kind{
		GVK:        main.GVK,
		Resource:   names.Plural,
		Singular:   names.Singular,
		ShortNames: names.ShortNames,
		Categories: names.Categories,
		Namespaced: d.Spec.Scope == apiextensionsv1.NamespaceScoped,
		StorePath:  d.Spec.Group + "/" + names.Plural,
		New:        main.newObject,
		NewList:    main.newList,

		Deprecated:     main.deprecated,
		Unknown:        main.unknown,
		Default:        main.fill,
		PrepareCreate:  main.prepareCreate,
		PrepareUpdate:  main.prepareUpdate,
		Generation:     main.generation,
		Validate:       main.validate,
		ValidateUpdate: main.validateUpdate,

		AllowUnconditionalUpdate: false,

		Fields:  main.fields(),
		Columns: main.columns(),
	}
	for _, v := range versions[1:] {
		k.Versions = append(k.Versions, kinds.Version{
			Version: v.GVK.Version, New: v.newObject, NewList: v.newList, Deprecated: v.deprecated, Unknown: v.unknown, Default: v.fill, Columns: v.columns(),
			ToStored:   func(obj kinds.Object) (kinds.Object, error) { return inVersion(obj, main.GVK), nil },
			FromStored: func(obj kinds.Object) (kinds.Object, error) { return inVersion(obj, v.GVK), nil },
		})
	}
	if main.subresources.Status != nil {
		k.Subresources = append(k.Subresources, main.status())
	}
	if main.subresources.Scale != nil {
		k.Subresources = append(k.Subresources, main.scale(k.GroupResource()))
	}
	return k
}

// inVersion copies an object into another version.
func inVersion(obj kinds.Object, gvk schema.GroupVersionKind) kinds.Object {
	u := obj.DeepCopyObject().(*unstructured.Unstructured)
	u.SetGroupVersionKind(gvk)
	return u
}

func (v *Version) newObject() kinds.Object {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(v.GVK)
	return u
}

func (v *Version) newList() runtime.Object {
	list := &unstructured.UnstructuredList{Object: map[string]any{}}
	list.SetAPIVersion(v.GVK.GroupVersion().String())
	list.SetKind(v.listKind)
	return list
}
