package app

import (
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"argosy.dev/resource"
	"argosy.dev/server/openapi"
)

// mergeRules knows how every field is merged: those of k8s.io/api as client-go has them, those of the groups that define and
// register APIs as their OpenAPI documents say, read when the first of their objects is written.
type mergeRules struct {
	resource.Types
	others map[string]func() (resource.Types, error) // by group
}

func newMergeRules() resource.Types {
	t := mergeRules{Types: applyconfigurations.NewTypeConverter(scheme.Scheme), others: map[string]func() (resource.Types, error){}}
	for _, group := range []string{"apiextensions.k8s.io", "apiregistration.k8s.io"} {
		t.others[group] = sync.OnceValues(func() (resource.Types, error) {
			schemas, err := openapi.Schemas(group, "v1")
			if err != nil {
				return nil, err
			}
			converter, err := managedfields.NewTypeConverter(schemas, false)
			if err != nil {
				return nil, fmt.Errorf("reading the merge rules of %s: %w", group, err)
			}
			return converter, nil
		})
	}
	return t
}

func (t mergeRules) of(obj runtime.Object) (resource.Types, error) {
	if other, ok := t.others[obj.GetObjectKind().GroupVersionKind().Group]; ok {
		return other()
	}
	return t.Types, nil
}

// ObjectToTyped looks at an object by its merge rules.
func (t mergeRules) ObjectToTyped(obj runtime.Object, o ...typed.ValidationOptions) (*typed.TypedValue, error) {
	c, err := t.of(obj)
	if err != nil {
		return nil, err
	}
	return c.ObjectToTyped(obj, o...)
}

// TypedToObject makes an object again of what was merged.
func (t mergeRules) TypedToObject(v *typed.TypedValue) (runtime.Object, error) {
	return t.Types.TypedToObject(v)
}
