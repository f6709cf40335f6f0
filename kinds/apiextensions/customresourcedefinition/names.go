package customresourcedefinition

import (
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validateNames(n *apiextensions.CustomResourceDefinitionNames, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	lower := func(name, at string) {
		if name == "" {
			errs = append(errs, field.Required(path.Child(at), ""))
			return
		}
		errs = append(errs, rules.Each(validation.IsDNS1035Label(name), name, path.Child(at))...)
	}
	mixed := func(name, at string) {
		if name == "" {
			errs = append(errs, field.Required(path.Child(at), ""))
			return
		}
		for _, msg := range validation.IsDNS1035Label(strings.ToLower(name)) {
			errs = append(errs, field.Invalid(path.Child(at), name, "may have mixed case, but should otherwise match: "+msg))
		}
	}
	lower(n.Plural, "plural")
	lower(n.Singular, "singular")
	mixed(n.Kind, "kind")
	mixed(n.ListKind, "listKind")
	for i, name := range n.ShortNames {
		errs = append(errs, rules.Each(validation.IsDNS1035Label(name), name, path.Child("shortNames").Index(i))...)
	}
	if n.Kind != "" && n.Kind == n.ListKind {
		errs = append(errs, field.Invalid(path.Child("listKind"), n.ListKind, "kind and listKind may not be the same"))
	}
	for i, name := range n.Categories {
		errs = append(errs, rules.Each(validation.IsDNS1035Label(name), name, path.Child("categories").Index(i))...)
	}
	return errs
}

// validateApproval protects the groups of the Kubernetes community.
func validateApproval(d, old *apiextensionsv1.CustomResourceDefinition) field.ErrorList {
	const key = apiextensionsv1.KubeAPIApprovedAnnotation
	g := d.Spec.Group
	protected := g == "k8s.io" || g == "kubernetes.io" || strings.HasSuffix(g, ".k8s.io") || strings.HasSuffix(g, ".kubernetes.io")
	if !protected || old != nil && old.Annotations[key] == d.Annotations[key] {
		return nil
	}
	path := field.NewPath("metadata", "annotations").Key(key)
	switch v := d.Annotations[key]; {
	case v == "":
		return field.ErrorList{field.Required(path, `protected groups must have approval annotation "`+key+`", see https://github.com/kubernetes/enhancements/pull/1111`)}
	case strings.HasPrefix(v, "unapproved"), isURL(v):
		return nil
	default:
		return field.ErrorList{field.Invalid(path, v, `protected groups must have approval annotation "`+key+`" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`)}
	}
}
