package ingress

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// validateBackend wants a service or another resource, one of both.
func validateBackend(b *networkingv1.IngressBackend, path *field.Path) field.ErrorList {
	switch {
	case b.Resource != nil && b.Service != nil:
		return field.ErrorList{field.Invalid(path, "", "cannot set both resource and service backends")}
	case b.Resource != nil:
		return validateResource(b.Resource, path.Child("resource"))
	case b.Service != nil:
		return validateService(b.Service, path)
	}
	return field.ErrorList{field.Invalid(path, "", "resource or service backend is required")}
}

func validateService(s *networkingv1.IngressServiceBackend, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	at := path.Child("service")
	if s.Name == "" {
		errs = append(errs, field.Required(at.Child("name"), ""))
	} else {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Label(s.Name), s.Name, at.Child("name"))...)
	}
	named, numbered := s.Port.Name != "", s.Port.Number != 0
	switch {
	case named && numbered:
		errs = append(errs, field.Invalid(path, "", "cannot set both port name & port number"))
	case named:
		errs = append(errs, rules.Each(utilvalidation.IsValidPortName(s.Port.Name), s.Port.Name, at.Child("port", "name"))...)
	case numbered:
		errs = append(errs, rules.Each(utilvalidation.IsValidPortNum(int(s.Port.Number)), s.Port.Number, at.Child("port", "number"))...)
	default:
		errs = append(errs, field.Required(path, "port name or number is required"))
	}
	return errs
}

func validateResource(r *corev1.TypedLocalObjectReference, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if r.APIGroup != nil {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*r.APIGroup), *r.APIGroup, path.Child("apiGroup"))...)
	}
	for _, part := range []struct{ name, value string }{{"kind", r.Kind}, {"name", r.Name}} {
		if part.value == "" {
			errs = append(errs, field.Required(path.Child(part.name), ""))
			continue
		}
		errs = append(errs, rules.Each(rules.PathSegment(part.value, false), part.value, path.Child(part.name))...)
	}
	return errs
}
