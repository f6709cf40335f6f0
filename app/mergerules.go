package app

import (
	"fmt"
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/managedfields"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/structured-merge-diff/v6/typed"

	"argosy.dev/resource"
	"argosy.dev/server/openapi"
)

// mergeRules knows how every field is merged: those of k8s.io/api as client-go has it, those of the groups that define and
// register APIs as their OpenAPI documents say, those of custom resources by their schemas. All but the first are read when the first of
// their objects is written.
type mergeRules struct {
	builtin func() resource.Types
	groups  map[string]func() (resource.Types, error)

	mu     sync.RWMutex
	custom map[schema.GroupVersionKind]func() (resource.Types, error)
}

func newMergeRules() *mergeRules {
	r := &mergeRules{
		builtin: sync.OnceValue(func() resource.Types { return applyconfigurations.NewTypeConverter(scheme.Scheme) }),
		groups:  map[string]func() (resource.Types, error){},
		custom:  map[schema.GroupVersionKind]func() (resource.Types, error){},
	}
	for _, group := range []string{"apiextensions.k8s.io", "apiregistration.k8s.io"} {
		r.groups[group] = sync.OnceValues(func() (resource.Types, error) {
			schemas, err := openapi.Schemas(group, "v1")
			if err != nil {
				return nil, err
			}
			return converter(group, schemas)
		})
	}
	return r
}

func converter(what string, schemas map[string]*spec.Schema) (resource.Types, error) {
	c, err := managedfields.NewTypeConverter(schemas, false)
	if err != nil {
		return nil, fmt.Errorf("reading how the fields of %s are merged: %w", what, err)
	}
	return c, nil
}

// objectMeta is the schema of metadata, as OpenAPI documents call it.
const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"

// Set tells the schema of a custom resource's objects.
func (r *mergeRules) Set(gvk schema.GroupVersionKind, s *spec.Schema) {
	made := sync.OnceValues(func() (resource.Types, error) {
		known, err := openapi.Schemas("apiextensions.k8s.io", "v1")
		if err != nil {
			return nil, err
		}
		whole := *s
		whole.Properties = maps.Clone(s.Properties)
		if whole.Properties == nil {
			whole.Properties = map[string]spec.Schema{}
		}
		text := spec.Schema{SchemaProps: spec.SchemaProps{Type: spec.StringOrArray{"string"}}}
		whole.Properties["apiVersion"], whole.Properties["kind"] = text, text
		whole.Properties["metadata"] = spec.Schema{SchemaProps: spec.SchemaProps{Ref: spec.MustCreateRef("#/components/schemas/" + objectMeta)}}
		whole.Extensions = maps.Clone(s.Extensions)
		if whole.Extensions == nil {
			whole.Extensions = spec.Extensions{}
		}
		whole.Extensions["x-kubernetes-group-version-kind"] = []any{map[string]any{"group": gvk.Group, "version": gvk.Version, "kind": gvk.Kind}}
		known["custom"] = &whole
		return converter(gvk.String(), known)
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	r.custom[gvk] = made
}

// Remove forgets a custom resource.
func (r *mergeRules) Remove(gvk schema.GroupVersionKind) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.custom, gvk)
}

func (r *mergeRules) of(obj runtime.Object) (resource.Types, error) {
	gvk := obj.GetObjectKind().GroupVersionKind()
	r.mu.RLock()
	made := r.custom[gvk]
	r.mu.RUnlock()
	if made == nil {
		made = r.groups[gvk.Group]
	}
	if made != nil {
		return made()
	}
	return r.builtin(), nil
}

// ObjectToTyped looks at an object by its merge rules.
func (r *mergeRules) ObjectToTyped(obj runtime.Object, o ...typed.ValidationOptions) (*typed.TypedValue, error) {
	c, err := r.of(obj)
	if err != nil {
		return nil, err
	}
	return c.ObjectToTyped(obj, o...)
}

// TypedToObject makes an object again of what was merged.
func (r *mergeRules) TypedToObject(v *typed.TypedValue) (runtime.Object, error) {
	return r.builtin().TypedToObject(v)
}

var _ resource.Types = (*mergeRules)(nil)
