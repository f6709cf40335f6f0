package schema

import (
	"slices"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// validateMerging judges what a schema says about how lists and maps are merged when several apply them.
func validateMerging(s *apiextensions.JSONSchemaProps, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	add := func(e *field.Error) { errs = append(errs, e) }
	list := ""
	if s.XListType != nil {
		list = *s.XListType
		if s.Type != "array" {
			if s.Type == "" {
				add(field.Required(path.Child("type"), "must be array if x-kubernetes-list-type is specified"))
			} else {
				add(field.Invalid(path.Child("type"), s.Type, "must be array if x-kubernetes-list-type is specified"))
			}
		}
		if all := []string{"atomic", "set", "map"}; !slices.Contains(all, list) {
			add(field.NotSupported(path.Child("x-kubernetes-list-type"), list, all))
		}
	}
	if len(s.XListMapKeys) > 0 {
		if s.XListType == nil {
			add(field.Required(path.Child("x-kubernetes-list-type"), "must be map if x-kubernetes-list-map-keys is non-empty"))
		} else if list != "map" {
			add(field.Invalid(path.Child("x-kubernetes-list-type"), list, "must be map if x-kubernetes-list-map-keys is non-empty"))
		}
	}
	switch list {
	case "map":
		errs = append(errs, validateListMap(s, path)...)
	case "set":
		errs = append(errs, validateListSet(s, path)...)
	}
	if m := s.XMapType; m != nil {
		if s.Type != "object" {
			if s.Type == "" {
				add(field.Required(path.Child("type"), "must be object if x-kubernetes-map-type is specified"))
			} else {
				add(field.Invalid(path.Child("type"), s.Type, "must be object if x-kubernetes-map-type is specified"))
			}
		}
		if all := []string{"atomic", "granular"}; !slices.Contains(all, *m) {
			add(field.NotSupported(path.Child("x-kubernetes-map-type"), *m, all))
		}
	}
	return errs
}

func validateListMap(s *apiextensions.JSONSchemaProps, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	add := func(e *field.Error) { errs = append(errs, e) }
	keys := path.Child("x-kubernetes-list-map-keys")
	if len(s.XListMapKeys) == 0 {
		add(field.Required(keys, "must not be empty if x-kubernetes-list-type is map"))
	}
	if s.Items == nil || s.Items.Schema == nil {
		add(field.Required(path.Child("items"), "must have a schema if x-kubernetes-list-type is map"))
		return errs
	}
	item := s.Items.Schema
	if item.Type != "object" {
		add(field.Invalid(path.Child("items", "type"), item.Type, "must be object if parent array's x-kubernetes-list-type is map"))
	}
	for i, k := range s.XListMapKeys {
		if slices.Contains(s.XListMapKeys[:i], k) {
			add(field.Duplicate(keys.Index(i), k))
			continue
		}
		p, ok := item.Properties[k]
		if !ok {
			add(field.Invalid(keys.Index(i), k, "entries must all be names of item properties"))
			continue
		}
		at := path.Child("items", "properties").Key(k)
		if p.Type == "array" || p.Type == "object" {
			add(field.Invalid(at.Child("type"), p.Type, "must be a scalar type if parent array's x-kubernetes-list-type is map"))
		}
		if !slices.Contains(item.Required, k) && p.Default == nil {
			add(field.Required(at.Child("default"), "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property"))
		}
		if p.Nullable {
			add(field.Forbidden(at.Child("nullable"), "this property is in x-kubernetes-list-map-keys, so it cannot be nullable"))
		}
	}
	return errs
}

func validateListSet(s *apiextensions.JSONSchemaProps, path *field.Path) field.ErrorList {
	if s.Items == nil || s.Items.Schema == nil {
		return field.ErrorList{field.Required(path.Child("items"), "must have a schema if x-kubernetes-list-type is set")}
	}
	item, at := s.Items.Schema, path.Child("items")
	var errs field.ErrorList
	if item.Nullable {
		errs = append(errs, field.Forbidden(at.Child("nullable"), "cannot be nullable when x-kubernetes-list-type is set"))
	}
	switch {
	case item.Type == "array" && item.XListType != nil && *item.XListType != "atomic":
		errs = append(errs, field.Invalid(at.Child("x-kubernetes-list-type"), *item.XListType, "must be atomic as item of a list with x-kubernetes-list-type=set"))
	case item.Type == "object" && (item.XMapType == nil || *item.XMapType != "atomic"):
		errs = append(errs, field.Invalid(at.Child("x-kubernetes-map-type"), item.XMapType, "must be atomic as item of a list with x-kubernetes-list-type=set"))
	}
	return errs
}
