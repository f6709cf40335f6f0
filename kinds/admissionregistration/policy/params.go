package policy

import (
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/rules"
)

// ValidateParamKind tells what is wrong with the kind of a policy's parameters; nil is none.
func ValidateParamKind(k *admissionv1.ParamKind, path *field.Path) field.ErrorList {
	if k == nil {
		return nil
	}
	errs := validateVersion(k.APIVersion, path.Child("apiVersion"))
	if k.Kind == "" {
		return append(errs, field.Required(path.Child("kind"), ""))
	}
	for _, msg := range validation.IsDNS1035Label(strings.ToLower(k.Kind)) {
		errs = append(errs, field.Invalid(path.Child("kind"), k.Kind, "may have mixed case, but should otherwise match: "+msg))
	}
	return errs
}

func validateVersion(version string, path *field.Path) field.ErrorList {
	if version == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	gv, err := schema.ParseGroupVersion(version)
	if err != nil {
		return field.ErrorList{field.Invalid(path, version, err.Error())}
	}
	var errs field.ErrorList
	if gv.Group != "" {
		errs = rules.Each(validation.IsDNS1123Subdomain(gv.Group), gv.Group, path)
	}
	return append(errs, rules.Each(validation.IsDNS1035Label(gv.Version), gv.Version, path)...)
}

// ValidateParamRef tells what is wrong with the parameters that a binding chooses; nil is none.
func ValidateParamRef(r *admissionv1.ParamRef, path *field.Path) field.ErrorList {
	if r == nil {
		return nil
	}
	var errs field.ErrorList
	switch {
	case r.Name != "" && r.Selector != nil:
		const why = "name and selector are mutually exclusive"
		errs = append(errs, field.Forbidden(path.Child("name"), why), field.Forbidden(path.Child("selector"), why))
	case r.Name == "" && r.Selector == nil:
		errs = append(errs, field.Required(path, "one of name or selector must be specified"))
	}
	if r.Selector != nil {
		errs = append(errs, matching.ValidateSelector(r.Selector, path.Child("selector"))...)
	}
	if r.ParameterNotFoundAction == nil {
		return append(errs, field.Required(path.Child("parameterNotFoundAction"), ""))
	}
	return append(errs, rules.OneOf(*r.ParameterNotFoundAction, path.Child("parameterNotFoundAction"), admissionv1.DenyAction, admissionv1.AllowAction)...)
}

// ValidateName tells what is wrong with the name of the policy that a binding binds.
func ValidateName(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	return rules.Each(validation.IsDNS1123Subdomain(name), name, path)
}

// ValidateFailure tells what is wrong with what happens when a policy fails to decide.
func ValidateFailure(p *admissionv1.FailurePolicyType, path *field.Path) field.ErrorList {
	if p == nil {
		return field.ErrorList{field.Required(path, "")}
	}
	return rules.In(*p, path, admissionv1.Fail, admissionv1.Ignore)
}
