package customresource

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"argosy.dev/kinds"
)

const (
	metadataField = "metadata"
	statusField   = "status"
)

func fieldsOf(obj kinds.Object) map[string]any { return obj.(*unstructured.Unstructured).Object }

func (v *Version) prepareCreate(obj kinds.Object) {
	if v.subresources.Status != nil {
		delete(fieldsOf(obj), statusField)
	}
}

func (v *Version) prepareUpdate(obj, old kinds.Object) {
	if v.subresources.Status != nil {
		put(fieldsOf(obj), fieldsOf(old), statusField)
	}
}

// put makes a field of an object what it is in another.
func put(to, from map[string]any, name string) {
	if value, ok := from[name]; ok {
		to[name] = value
		return
	}
	delete(to, name)
}

// generation counts all but metadata, and the status where it is written apart.
func (v *Version) generation(obj, old kinds.Object) bool {
	rest := func(o kinds.Object) map[string]any {
		m := map[string]any{}
		for name, value := range fieldsOf(o) {
			if name != metadataField && (name != statusField || v.subresources.Status == nil) && name != "apiVersion" {
				m[name] = value
			}
		}
		return m
	}
	return !equality.Semantic.DeepEqual(rest(obj), rest(old))
}

func (v *Version) status() kinds.Subresource {
	resets := []string{metadataField, "apiVersion", "kind"}
	for name := range v.Schema.Properties {
		if name != statusField && name != metadataField {
			resets = append(resets, name)
		}
	}
	return kinds.Subresource{Name: "status", Verbs: []string{"get", "patch", "update"}, Resets: resets, Prepare: func(obj, old kinds.Object) {
		owners, version := obj.GetManagedFields(), obj.GetResourceVersion()
		now, was := fieldsOf(obj), fieldsOf(old.DeepCopyObject().(kinds.Object))
		for name := range now {
			if name != statusField {
				delete(now, name)
			}
		}
		for name, value := range was {
			if name != statusField {
				now[name] = value
			}
		}
		obj.SetManagedFields(owners)
		obj.SetResourceVersion(version)
	}}
}
