package apiservice

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	apiregistrationv1 "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"

	"argosy.dev/kinds/rules"
)

const (
	maxGroupPriority   = 20000
	maxVersionPriority = 1000
)

// name wants what can stand in a path; Validate wants the version and the group.
func name(text string, prefix bool) []string { return rules.PathSegment(text, prefix) }

func validate(s *apiregistrationv1.APIService) field.ErrorList {
	spec, path := &s.Spec, field.NewPath("spec")
	var errs field.ErrorList
	if want := spec.Version + "." + spec.Group; s.Name != "" && s.Name != want {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), s.Name, fmt.Sprintf("must be `spec.version+\".\"+spec.group`: %q", want)))
	}
	if spec.Group == "" {
		if s.Name != "v1." {
			errs = append(errs, field.Required(path.Child("group"), "only v1 may have an empty group and it better be legacy kube"))
		}
	} else {
		errs = append(errs, rules.Each(validation.IsDNS1123Subdomain(spec.Group), spec.Group, path.Child("group"))...)
	}
	errs = append(errs, rules.Each(validation.IsDNS1035Label(spec.Version), spec.Version, path.Child("version"))...)
	if p := spec.GroupPriorityMinimum; p <= 0 || p > maxGroupPriority {
		errs = append(errs, field.Invalid(path.Child("groupPriorityMinimum"), p, fmt.Sprintf("must be positive and less than %d", maxGroupPriority)))
	}
	if p := spec.VersionPriority; p <= 0 || p > maxVersionPriority {
		errs = append(errs, field.Invalid(path.Child("versionPriority"), p, fmt.Sprintf("must be positive and less than %d", maxVersionPriority)))
	}
	if spec.Service == nil {
		if len(spec.CABundle) > 0 {
			errs = append(errs, field.Invalid(path.Child("caBundle"), fmt.Sprintf("%d bytes", len(spec.CABundle)), "local APIServices may not have a caBundle"))
		}
		if spec.InsecureSkipTLSVerify {
			errs = append(errs, field.Invalid(path.Child("insecureSkipTLSVerify"), true, "local APIServices may not have insecureSkipTLSVerify"))
		}
		return errs
	}
	errs = append(errs, validateService(spec.Service, path.Child("service"))...)
	if spec.InsecureSkipTLSVerify && len(spec.CABundle) > 0 {
		errs = append(errs, field.Invalid(path.Child("insecureSkipTLSVerify"), true, "may not be true if caBundle is present"))
	}
	return errs
}

func validateService(s *apiregistrationv1.ServiceReference, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if strings.TrimSpace(s.Namespace) == "" {
		errs = append(errs, field.Required(path.Child("namespace"), ""))
	}
	if strings.TrimSpace(s.Name) == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	if s.Port != nil {
		for _, msg := range validation.IsValidPortNum(int(*s.Port)) {
			errs = append(errs, field.Invalid(path.Child("port"), *s.Port, "port is not valid: "+msg))
		}
	}
	return errs
}
