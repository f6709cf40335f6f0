package webhook

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Service is a webhook's Service, whichever API group names it.
type Service struct {
	Namespace, Name string
	Path            *string
	Port            *int32
}

// Validate tells what is wrong with the reference; whether there is such a Service is known when it is called.
func (s Service) Validate(path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if s.Name == "" {
		errs = append(errs, field.Required(path.Child("name"), ""))
	}
	if s.Namespace == "" {
		errs = append(errs, field.Required(path.Child("namespace"), ""))
	}
	if s.Path != nil {
		errs = append(errs, urlPath(*s.Path, path.Child("path"))...)
	}
	if s.Port != nil {
		for _, msg := range validation.IsValidPortNum(int(*s.Port)) {
			errs = append(errs, field.Invalid(path.Child("port"), *s.Port, "port is not valid: "+msg))
		}
	}
	return errs
}

// urlPath wants segments that are names, after a slash. A slash may end it.
func urlPath(p string, path *field.Path) field.ErrorList {
	if p == "" || p == "/" {
		return nil
	}
	var errs field.ErrorList
	if p[0] != '/' {
		errs = append(errs, field.Invalid(path, p, "must start with a '/'"))
	}
	segments := strings.Split(strings.TrimSuffix(p[1:], "/"), "/")
	for i, segment := range segments {
		if segment == "" {
			errs = append(errs, field.Invalid(path, p, fmt.Sprintf("segment[%d] may not be empty", i)))
			continue
		}
		for _, msg := range validation.IsDNS1123Subdomain(segment) {
			errs = append(errs, field.Invalid(path, p, fmt.Sprintf("segment[%d]: %s", i, msg)))
		}
	}
	return errs
}
