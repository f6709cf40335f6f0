package rbac

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"argosy.dev/access/authz"
)

// Allows tells whether a rule allows what is asked.
func Allows(r *rbacv1.PolicyRule, a *authz.Attributes) bool {
	if !hasOrAll(r.Verbs, a.Verb) {
		return false
	}
	if !a.IsResource {
		return slices.ContainsFunc(r.NonResourceURLs, func(p string) bool { return matchPath(p, a.Path) })
	}
	return hasOrAll(r.APIGroups, a.Group) &&
		slices.ContainsFunc(r.Resources, func(p string) bool { return matchResource(p, a.Resource, a.Subresource) }) &&
		(len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, a.Name))
}

func hasOrAll(list []string, value string) bool {
	for _, v := range list {
		if v == "*" || v == value {
			return true
		}
	}
	return false
}

// matchPath: a pattern is a whole path, or the beginning of many with "*" at its end.
func matchPath(pattern, path string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(path, prefix)
	}
	return pattern == path
}

// matchResource: "*" is everything, "pods" is that alone, "pods/log" a subresource, "*/scale" that of every resource.
func matchResource(pattern, resource, subresource string) bool {
	if pattern == "*" {
		return true
	}
	of, sub, nested := strings.Cut(pattern, "/")
	if !nested {
		return subresource == "" && of == resource
	}
	return subresource != "" && sub == subresource && (of == "*" || of == resource)
}
