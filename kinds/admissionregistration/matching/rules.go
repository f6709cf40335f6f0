package matching

import (
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

var (
	operations = []admissionv1.OperationType{admissionv1.OperationAll, admissionv1.Connect, admissionv1.Create, admissionv1.Delete, admissionv1.Update}
	scopes     = []admissionv1.ScopeType{admissionv1.AllScopes, admissionv1.ClusterScope, admissionv1.NamespacedScope}
)

// ValidateRule tells what is wrong with a rule.
func ValidateRule(r *admissionv1.RuleWithOperations, path *field.Path) field.ErrorList {
	errs := many(r.Operations, path.Child("operations"), "operations")
	for i, op := range r.Operations {
		errs = append(errs, rules.In(op, path.Child("operations").Index(i), operations...)...)
	}
	errs = append(errs, many(r.APIGroups, path.Child("apiGroups"), "API groups")...)
	errs = append(errs, many(r.APIVersions, path.Child("apiVersions"), "API versions")...)
	for i, v := range r.APIVersions {
		if v == "" {
			errs = append(errs, field.Required(path.Child("apiVersions").Index(i), ""))
		}
	}
	errs = append(errs, validateResourceNames(r.Resources, path.Child("resources"))...)
	if r.Scope != nil {
		errs = append(errs, rules.In(*r.Scope, path.Child("scope"), scopes...)...)
	}
	return errs
}

// many wants values, of which a star is one only if it is alone.
func many[T ~string](list []T, path *field.Path, what string) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "")}
	}
	if len(list) > 1 && slices.Contains(list, "*") {
		return field.ErrorList{field.Invalid(path, list, "if '*' is present, must not specify other "+what)}
	}
	return nil
}

// validateResourceNames wants resources and subresources of which none is meant twice.
func validateResourceNames(list []string, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	plain := 0
	whole, parts := map[string]bool{}, map[string]bool{} // what "a/*" and "*/b" cover
	for i, r := range list {
		main, sub, slash := strings.Cut(r, "/")
		switch {
		case r == "":
			errs = append(errs, field.Required(path.Index(i), ""))
			continue
		case r == "*/*":
		case slash && sub == "*":
			whole[main] = true
		case slash && main == "*":
			parts[sub] = true
		}
		if !slash {
			plain++
		}
	}
	for i, r := range list {
		main, sub, slash := strings.Cut(r, "/")
		if !slash {
			continue
		}
		if sub != "*" && whole[main] {
			errs = append(errs, field.Invalid(path.Index(i), r, fmt.Sprintf("if '%s/*' is present, must not specify %s", main, r)))
		}
		if main != "*" && parts[sub] {
			errs = append(errs, field.Invalid(path.Index(i), r, fmt.Sprintf("if '*/%s' is present, must not specify %s", sub, r)))
		}
	}
	if len(list) > 1 && slices.Contains(list, "*/*") {
		errs = append(errs, field.Invalid(path, list, "if '*/*' is present, must not specify other resources"))
	}
	if plain > 1 && slices.Contains(list, "*") {
		errs = append(errs, field.Invalid(path, list, "if '*' is present, must not specify other resources without subresources"))
	}
	return errs
}
