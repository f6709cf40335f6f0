package schema

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

const (
	itemsNotList = "items must be a schema object and not an array"
	notFalse     = "additionalProperties cannot be set to false"
	mustBeTrue   = "must be true or undefined"
)

func notSupported(word string) string { return word + " is not supported" }

// lastName is the last member that a path names.
func lastName(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

var types = []string{"array", "boolean", "integer", "number", "object", "string"}

// validateProps judges a schema and all within it, beside what makes it structural.
func validateProps(s *apiextensions.JSONSchemaProps, path *field.Path, errs field.ErrorList) field.ErrorList {
	if s == nil {
		return errs
	}
	add := func(e ...*field.Error) { errs = append(errs, e...) }
	for _, word := range []struct {
		name string
		used bool
	}{
		{"id", s.ID != ""}, {"additionalItems", s.AdditionalItems != nil}, {"patternProperties", len(s.PatternProperties) > 0},
		{"definitions", len(s.Definitions) > 0}, {"dependencies", len(s.Dependencies) > 0}, {"$ref", s.Ref != nil},
	} {
		if word.used {
			add(field.Forbidden(path.Child(word.name), notSupported(word.name)))
		}
	}
	if s.UniqueItems {
		add(field.Forbidden(path.Child("uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"))
	}
	if a := s.AdditionalProperties; a != nil {
		switch {
		case a.Schema == nil && !a.Allows:
			add(field.Forbidden(path.Child("additionalProperties"), notFalse))
		case len(s.Properties) > 0 && (a.Schema != nil || a.Allows):
			add(field.Forbidden(path.Child("additionalProperties"), "additionalProperties and properties are mutual exclusive"))
		}
		errs = validateProps(a.Schema, path.Child("additionalProperties"), errs)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		errs = validateProps(&p, path.Child("properties").Key(name), errs)
	}
	for _, name := range slices.Sorted(maps.Keys(s.PatternProperties)) {
		p := s.PatternProperties[name]
		errs = validateProps(&p, path.Child("patternProperties").Key(name), errs)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Definitions)) {
		p := s.Definitions[name]
		errs = validateProps(&p, path.Child("definitions").Key(name), errs)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Dependencies)) {
		errs = validateProps(s.Dependencies[name].Schema, path.Child("dependencies").Key(name), errs)
	}
	errs = validateProps(s.Not, path.Child("not"), errs)
	for _, list := range []struct {
		name string
		of   []apiextensions.JSONSchemaProps
	}{{"allOf", s.AllOf}, {"oneOf", s.OneOf}, {"anyOf", s.AnyOf}} {
		for i := range list.of {
			errs = validateProps(&list.of[i], path.Child(list.name).Index(i), errs)
		}
	}
	if s.AdditionalItems != nil {
		errs = validateProps(s.AdditionalItems.Schema, path.Child("additionalItems"), errs)
	}
	if s.Items != nil {
		if len(s.Items.JSONSchemas) > 0 {
			add(field.Forbidden(path.Child("items"), itemsNotList))
		}
		errs = validateProps(s.Items.Schema, path.Child("items"), errs)
	}
	if p := s.XPreserveUnknownFields; p != nil && !*p {
		add(field.Invalid(path.Child("x-kubernetes-preserve-unknown-fields"), *p, mustBeTrue))
	}
	if s.Pattern != "" {
		if _, err := regexp.Compile(s.Pattern); err != nil {
			add(field.Invalid(path.Child("pattern"), s.Pattern, "must be a valid regular expression, but isn't: "+err.Error()))
		}
	}
	switch {
	case s.Type == "null":
		add(field.Forbidden(path.Child("type"), "type cannot be set to null, use nullable as an alternative"))
	case s.Type != "" && !slices.Contains(types, s.Type):
		add(field.NotSupported(path.Child("type"), s.Type, types))
	}
	return append(errs, validateMerging(s, path)...)
}
