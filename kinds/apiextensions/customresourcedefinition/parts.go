package customresourcedefinition

import (
	"net/url"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/apiextensions/schema"
)

// parts are what a version says about its objects; what all versions say alike stands in the specification itself.
type parts struct {
	schema       *apiextensions.CustomResourceValidation
	subresources *apiextensions.CustomResourceSubresources
	columns      []apiextensions.CustomResourceColumnDefinition
	selectable   []apiextensions.SelectableField
}

func (p parts) validate(path *field.Path, shared parts, known map[string]bool, borrowed bool) field.ErrorList {
	var errs field.ErrorList
	at := path.Child("schema")
	if path.String() == "spec" {
		at = path.Child("validation")
	}
	status := p.subresources
	if status == nil {
		status = shared.subresources
	}
	if p.schema != nil && p.schema.OpenAPIV3Schema != nil && !borrowed {
		o := schema.Options{Status: status != nil && status.Status != nil, Known: known}
		errs = append(errs, schema.Validate(p.schema.OpenAPIV3Schema, o, at.Child("openAPIV3Schema"))...)
	}
	if p.subresources != nil && p.subresources.Scale != nil {
		errs = append(errs, validateScale(p.subresources.Scale, path.Child("subresources", "scale"))...)
	}
	for i := range p.columns {
		errs = append(errs, validateColumn(&p.columns[i], path.Child("additionalPrinterColumns").Index(i))...)
	}
	s := p.schema
	if s == nil {
		s = shared.schema
	}
	return append(errs, validateSelectable(p.selectable, s, path.Child("selectableFields"))...)
}

// simplePath wants a path by names below one of the roots, "" for any.
func simplePath(text string, path *field.Path, roots ...string) field.ErrorList {
	if !strings.HasPrefix(text, ".") {
		return field.ErrorList{field.Invalid(path, text, "must be a simple json path starting with .")}
	}
	if len(roots) == 0 || slices.ContainsFunc(roots, func(r string) bool { return strings.HasPrefix(text, r+".") }) {
		return nil
	}
	if len(roots) == 2 {
		return field.ErrorList{field.Invalid(path, text, "should be a json path under either "+roots[0]+" or "+roots[1])}
	}
	return field.ErrorList{field.Invalid(path, text, "should be a json path under "+roots[0])}
}

func validateScale(s *apiextensions.CustomResourceSubresourceScale, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for _, p := range []struct{ name, text, root string }{{"specReplicasPath", s.SpecReplicasPath, ".spec"}, {"statusReplicasPath", s.StatusReplicasPath, ".status"}} {
		if p.text == "" {
			errs = append(errs, field.Required(path.Child(p.name), ""))
			continue
		}
		errs = append(errs, simplePath(p.text, path.Child(p.name), p.root)...)
	}
	if l := s.LabelSelectorPath; l != nil && *l != "" {
		errs = append(errs, simplePath(*l, path.Child("labelSelectorPath"), ".spec", ".status")...)
	}
	return errs
}

var (
	columnTypes   = []string{"boolean", "date", "integer", "number", "string"}
	columnFormats = []string{"byte", "date", "date-time", "double", "float", "int32", "int64", "password"}
)

func validateColumn(c *apiextensions.CustomResourceColumnDefinition, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if c.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	types := "must be one of " + strings.Join(columnTypes, ",")
	switch {
	case c.Type == "":
		errs = append(errs, field.Required(path.Child("type"), types))
	case !slices.Contains(columnTypes, c.Type):
		errs = append(errs, field.Invalid(path.Child("type"), c.Type, types))
	}
	if c.Format != "" && !slices.Contains(columnFormats, c.Format) {
		errs = append(errs, field.Invalid(path.Child("format"), c.Format, "must be one of "+strings.Join(columnFormats, ",")))
	}
	if c.JSONPath == "" {
		return append(errs, field.Required(path.Child("JSONPath"), ""))
	}
	return append(errs, simplePath(c.JSONPath, path.Child("JSONPath"))...)
}

// maxSelectable is how many fields of a custom resource can be selected by.
const maxSelectable = 8

func validateSelectable(list []apiextensions.SelectableField, s *apiextensions.CustomResourceValidation, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return nil
	}
	if s == nil || s.OpenAPIV3Schema == nil {
		return field.ErrorList{field.Invalid(path, "", "may only be set when `version.schema.openAPIV3Schema` is not included")}
	}
	var errs field.ErrorList
	if len(list) > maxSelectable {
		errs = append(errs, field.TooMany(path, len(list), maxSelectable))
	}
	ss := schema.ExistingStructural(s.OpenAPIV3Schema)
	seen := map[string]bool{}
	for i, f := range list {
		at := path.Index(i).Child("jsonPath")
		switch {
		case f.JSONPath == "":
			errs = append(errs, field.Required(at, ""))
			continue
		case seen[f.JSONPath]:
			errs = append(errs, field.Duplicate(at, f.JSONPath))
			continue
		}
		seen[f.JSONPath] = true
		if ss == nil {
			continue
		}
		_, found, err := cel.ValidFieldPath(f.JSONPath, ss, cel.WithFieldPathAllowArrayNotation(false))
		switch {
		case err != nil:
			errs = append(errs, field.Invalid(at, f.JSONPath, "is an invalid path: "+err.Error()))
		case strings.HasPrefix(f.JSONPath, ".metadata"):
			errs = append(errs, field.Invalid(at, f.JSONPath, "must not point to fields in metadata"))
		case !slices.Contains([]string{"string", "boolean", "integer"}, found.Type):
			errs = append(errs, field.Invalid(at, f.JSONPath, "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed."))
		}
	}
	return errs
}

func isURL(text string) bool {
	u, err := url.ParseRequestURI(text)
	return err == nil && u.Host != "" && u.Scheme != ""
}

// ruleTexts are the CEL expressions of a definition as it was.
func ruleTexts(spec *apiextensions.CustomResourceDefinitionSpec) map[string]bool {
	if spec == nil {
		return nil
	}
	known := map[string]bool{}
	note := func(v *apiextensions.CustomResourceValidation) {
		if v != nil {
			schema.Rules(v.OpenAPIV3Schema, known)
		}
	}
	note(spec.Validation)
	for _, v := range spec.Versions {
		note(v.Schema)
	}
	return known
}
