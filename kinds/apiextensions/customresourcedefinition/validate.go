package customresourcedefinition

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(d *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	hub, err := toHub(d)
	if err != nil {
		return field.ErrorList{field.InternalError(field.NewPath("spec"), err)}
	}
	var errs field.ErrorList
	// A name that is missing, or none, has been complained about.
	if want := hub.Spec.Names.Plural + "." + hub.Spec.Group; d.Name != "" && d.Name != want && len(validation.IsDNS1123Subdomain(d.Name)) == 0 {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), d.Name, `must be spec.names.plural+"."+spec.group`))
	}
	errs = append(errs, validateSpec(&hub.Spec, nil, field.NewPath("spec"))...)
	errs = append(errs, validateStored(hub.Status.StoredVersions, hub.Spec.Versions, field.NewPath("status", "storedVersions"))...)
	return append(errs, validateApproval(d, nil)...)
}

func validateUpdate(d, old *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	path := field.NewPath("spec")
	hub, err := toHub(d)
	if err != nil {
		return field.ErrorList{field.InternalError(path, err)}
	}
	was, err := toHub(old)
	if err != nil {
		return field.ErrorList{field.InternalError(path, err)}
	}
	errs := validateSpec(&hub.Spec, &was.Spec, path)
	if established(old) {
		errs = append(errs, rules.Immutable(hub.Spec.Scope, was.Spec.Scope, path.Child("scope"))...)
		errs = append(errs, rules.Immutable(hub.Spec.Names.Kind, was.Spec.Names.Kind, path.Child("names", "kind"))...)
	}
	errs = append(errs, rules.Immutable(hub.Spec.Group, was.Spec.Group, path.Child("group"))...)
	errs = append(errs, rules.Immutable(hub.Spec.Names.Plural, was.Spec.Names.Plural, path.Child("names", "plural"))...)
	errs = append(errs, validateStored(hub.Status.StoredVersions, hub.Spec.Versions, field.NewPath("status", "storedVersions"))...)
	return append(errs, validateApproval(d, old)...)
}

// toHub converts a copy, for the conversion shares what it can.
func toHub(d *apiextensionsv1.CustomResourceDefinition) (*apiextensions.CustomResourceDefinition, error) {
	hub := &apiextensions.CustomResourceDefinition{}
	if err := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(d.DeepCopy(), hub, nil); err != nil {
		return nil, fmt.Errorf("converting the definition %s: %w", d.Name, err)
	}
	return hub, nil
}

func established(d *apiextensionsv1.CustomResourceDefinition) bool {
	return slices.ContainsFunc(d.Status.Conditions, func(c apiextensionsv1.CustomResourceDefinitionCondition) bool {
		return c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue
	})
}

func validateSpec(spec, old *apiextensions.CustomResourceDefinitionSpec, path *field.Path) field.ErrorList {
	errs := validateGroup(spec.Group, path.Child("group"))
	if spec.Scope == "" {
		errs = append(errs, field.Required(path.Child("scope"), ""))
	} else {
		errs = append(errs, rules.In(spec.Scope, path.Child("scope"), apiextensions.ClusterScoped, apiextensions.NamespaceScoped)...)
	}
	known := ruleTexts(old)
	shared := parts{spec.Validation, spec.Subresources, spec.AdditionalPrinterColumns, spec.SelectableFields}
	storage, names := 0, map[string]bool{}
	unique := true
	for i := range spec.Versions {
		v, at := &spec.Versions[i], path.Child("versions").Index(i)
		unique = unique && !names[v.Name]
		names[v.Name] = true
		if v.Storage {
			storage++
		}
		own := parts{v.Schema, v.Subresources, v.AdditionalPrinterColumns, v.SelectableFields}
		if (own.schema == nil || own.schema.OpenAPIV3Schema == nil) && (shared.schema == nil || shared.schema.OpenAPIV3Schema == nil) {
			errs = append(errs, field.Required(at.Child("schema", "openAPIV3Schema"), ""))
		}
		if own.schema == nil && len(own.selectable) > 0 {
			own.schema = shared.schema
			errs = append(errs, own.validate(at, parts{}, known, true)...)
		} else {
			errs = append(errs, own.validate(at, shared, known, false)...)
		}
		if v.DeprecationWarning != nil {
			errs = append(errs, validateDeprecation(v, at.Child("deprecationWarning"))...)
		}
		errs = append(errs, rules.Each(validation.IsDNS1035Label(v.Name), v.Name, at.Child("name"))...)
	}
	if !unique {
		errs = append(errs, field.Invalid(path.Child("versions"), spec.Versions, "must contain unique version names"))
	}
	if storage != 1 {
		errs = append(errs, field.Invalid(path.Child("versions"), spec.Versions, "must have exactly one version marked as storage version"))
	}
	if spec.Version != "" {
		errs = append(errs, rules.Each(validation.IsDNS1035Label(spec.Version), spec.Version, path.Child("version"))...)
	}
	if p := spec.PreserveUnknownFields; p != nil && *p {
		errs = append(errs, field.Invalid(path.Child("preserveUnknownFields"), true, "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"))
	}
	errs = append(errs, validateNames(&spec.Names, path.Child("names"))...)
	errs = append(errs, shared.validate(path, parts{}, known, false)...)
	return append(errs, validateConversion(spec.Conversion, path.Child("conversion"))...)
}

func validateGroup(group string, path *field.Path) field.ErrorList {
	if group == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	if errs := rules.Each(validation.IsDNS1123Subdomain(group), group, path); len(errs) > 0 {
		return errs
	}
	if !strings.Contains(group, ".") {
		return field.ErrorList{field.Invalid(path, group, "should be a domain with at least one dot")}
	}
	return nil
}

func validateDeprecation(v *apiextensions.CustomResourceDefinitionVersion, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	text := *v.DeprecationWarning
	if !v.Deprecated {
		errs = append(errs, field.Invalid(path, text, "can only be set for deprecated versions"))
	}
	switch {
	case text == "":
		errs = append(errs, field.Invalid(path, text, "must not be empty"))
	case len(text) > 256:
		errs = append(errs, field.Invalid(path, text, "must be <= 256 characters long"))
	case strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }):
		errs = append(errs, field.Invalid(path, text, "must only contain printable UTF-8 characters; non-printable characters found"))
	}
	return errs
}
