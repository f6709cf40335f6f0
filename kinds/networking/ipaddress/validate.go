package ipaddress

import (
	networkingv1 "k8s.io/api/networking/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// The name is the address, in the one spelling that it has.
func validateName(name string, _ bool) []string {
	var wrong []string
	for _, err := range utilvalidation.IsValidIP(nil, name) {
		wrong = append(wrong, err.Detail)
	}
	return wrong
}

func validate(a *networkingv1.IPAddress) field.ErrorList {
	path, ref := field.NewPath("spec", "parentRef"), a.Spec.ParentRef
	if ref == nil {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	if ref.Group != "" {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(ref.Group), ref.Group, path.Child("group"))...)
	}
	for _, part := range []struct {
		name, value string
		needed      bool
	}{{"resource", ref.Resource, true}, {"name", ref.Name, true}, {"namespace", ref.Namespace, false}} {
		switch {
		case part.value != "":
			errs = append(errs, rules.Each(rules.PathSegment(part.value, false), part.value, path.Child(part.name))...)
		case part.needed:
			errs = append(errs, field.Required(path.Child(part.name), ""))
		}
	}
	return errs
}

func validateUpdate(a, old *networkingv1.IPAddress) field.ErrorList {
	return append(validate(a), rules.Immutable(a.Spec.ParentRef, old.Spec.ParentRef, field.NewPath("spec", "parentRef"))...)
}
