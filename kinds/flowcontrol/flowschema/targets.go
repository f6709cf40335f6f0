package flowschema

import (
	"slices"
	"strings"

	flowcontrolv1 "k8s.io/api/flowcontrol/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// verbs are those that a rule may name, sorted.
var verbs = []string{"create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"}

func validateVerbs(list []string, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "verbs must contain at least one value")}
	}
	if slices.Contains(list, flowcontrolv1.VerbAll) {
		return alone(list, path, "if '*' is present, must not specify other verbs")
	}
	for _, v := range list {
		if !slices.Contains(verbs, v) {
			// Shown is the whole list.
			return field.ErrorList{field.NotSupported(path, list, verbs)}
		}
	}
	return nil
}

// alone wants nothing beside a "*".
func alone(list []string, path *field.Path, otherwise string) field.ErrorList {
	if len(list) > 1 {
		return field.ErrorList{field.Invalid(path, list, otherwise)}
	}
	return nil
}

func validateResources(r *flowcontrolv1.ResourcePolicyRule, path *field.Path) field.ErrorList {
	errs := validateVerbs(r.Verbs, path.Child("verbs"))
	switch at := path.Child("apiGroups"); {
	case len(r.APIGroups) == 0:
		errs = append(errs, field.Required(at, "resource rules must supply at least one api group"))
	case slices.Contains(r.APIGroups, flowcontrolv1.APIGroupAll):
		errs = append(errs, alone(r.APIGroups, at, "if '*' is present, must not specify other api groups")...)
	}
	switch at := path.Child("resources"); {
	case len(r.Resources) == 0:
		errs = append(errs, field.Required(at, "resource rules must supply at least one resource"))
	case slices.Contains(r.Resources, flowcontrolv1.ResourceAll):
		errs = append(errs, alone(r.Resources, at, "if '*' is present, must not specify other resources")...)
	}
	at := path.Child("namespaces")
	switch {
	case len(r.Namespaces) == 0 && !r.ClusterScope:
		errs = append(errs, field.Required(at, "resource rules that are not cluster scoped must supply at least one namespace"))
	case slices.Contains(r.Namespaces, flowcontrolv1.NamespaceEvery):
		errs = append(errs, alone(r.Namespaces, at, "if '*' is present, must not specify other namespaces")...)
	default:
		for i, ns := range r.Namespaces {
			errs = append(errs, rules.Each(validation.ValidateNamespaceName(ns, false), ns, at.Index(i))...)
		}
	}
	return errs
}

func validatePaths(r *flowcontrolv1.NonResourcePolicyRule, path *field.Path) field.ErrorList {
	errs := validateVerbs(r.Verbs, path.Child("verbs"))
	at := path.Child("nonResourceURLs")
	switch {
	case len(r.NonResourceURLs) == 0:
		errs = append(errs, field.Required(at, "nonResourceURLs must contain at least one value"))
	case slices.Contains(r.NonResourceURLs, flowcontrolv1.NonResourceAll):
		errs = append(errs, alone(r.NonResourceURLs, at, "if '*' is present, must not specify other non-resource URLs")...)
	default:
		for i, url := range r.NonResourceURLs {
			errs = append(errs, validatePath(url, at.Index(i))...)
		}
	}
	return errs
}

// validatePath wants a path, of which the last segment may be "*".
func validatePath(url string, path *field.Path) field.ErrorList {
	if url == "" {
		return field.ErrorList{field.Invalid(path, url, "must not be empty")}
	}
	if !strings.HasPrefix(url, "/") {
		return field.ErrorList{field.Invalid(path, url, "must start with slash")}
	}
	if strings.Contains(url, " ") {
		return field.ErrorList{field.Invalid(path, url, "must not contain white-space")}
	}
	if url == "/" || url == "/*" {
		return nil
	}
	if strings.Contains(url, "//") {
		return field.ErrorList{field.Invalid(path, url, "must not contain double slash")}
	}
	if strings.Contains(strings.TrimSuffix(url, "/*"), "*") {
		return field.ErrorList{field.Invalid(path, url, "wildcard can only do suffix matching")}
	}
	return nil
}
