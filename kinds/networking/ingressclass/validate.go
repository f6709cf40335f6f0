package ingressclass

import (
	"fmt"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const maxController = 250

func validate(c *networkingv1.IngressClass) field.ErrorList {
	path := field.NewPath("spec")
	var errs field.ErrorList
	if len(c.Spec.Controller) > maxController {
		errs = append(errs, field.TooLong(path.Child("controller"), c.Spec.Controller, maxController))
	}
	errs = append(errs, utilvalidation.IsDomainPrefixedPath(path.Child("controller"), c.Spec.Controller)...)
	if c.Spec.Parameters != nil {
		errs = append(errs, validateParameters(c.Spec.Parameters, path.Child("parameters"))...)
	}
	return errs
}

func validateUpdate(c, old *networkingv1.IngressClass) field.ErrorList {
	path := field.NewPath("spec")
	errs := rules.Immutable(c.Spec.Controller, old.Spec.Controller, path.Child("controller"))
	return append(errs, validate(c)...)
}

func validateParameters(p *networkingv1.IngressClassParametersReference, path *field.Path) field.ErrorList {
	errs := validateReference(p, path)
	const cluster, namespaced = networkingv1.IngressClassParametersReferenceScopeCluster, networkingv1.IngressClassParametersReferenceScopeNamespace
	if p.Scope == nil {
		return append(errs, field.Required(path.Child("scope"), ""))
	}
	errs = append(errs, rules.In(*p.Scope, path.Child("scope"), cluster, namespaced)...)
	at := path.Child("namespace")
	switch {
	case *p.Scope == namespaced && (p.Namespace == nil || *p.Namespace == ""):
		errs = append(errs, field.Required(at, fmt.Sprintf("`parameters.scope` is set to '%s'", namespaced)))
	case *p.Scope == namespaced:
		errs = append(errs, rules.Each(validation.ValidateNamespaceName(*p.Namespace, false), *p.Namespace, at)...)
	case *p.Scope == cluster && p.Namespace != nil:
		errs = append(errs, field.Forbidden(at, fmt.Sprintf("`parameters.scope` is set to '%s'", cluster)))
	}
	return errs
}

func validateReference(p *networkingv1.IngressClassParametersReference, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if p.APIGroup != nil {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*p.APIGroup), *p.APIGroup, path.Child("apiGroup"))...)
	}
	for _, part := range []struct{ name, value string }{{"kind", p.Kind}, {"name", p.Name}} {
		if part.value == "" {
			errs = append(errs, field.Required(path.Child(part.name), ""))
			continue
		}
		errs = append(errs, rules.Each(rules.PathSegment(part.value, false), part.value, path.Child(part.name))...)
	}
	return errs
}
