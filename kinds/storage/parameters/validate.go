package parameters

import (
	"fmt"
	"strings"

	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	maxCount = 512
	maxSize  = 256 * 1024
	// maxDriver is the longest name that a CSI driver may have.
	maxDriver = 63
)

// ValidateProvisioner checks the name of what makes volumes.
func ValidateProvisioner(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, name)}
	}
	lower := strings.ToLower(name)
	return rules.Each(utilvalidation.IsQualifiedName(lower), lower, path)
}

// Validate checks the parameters of a class; some must have any.
func Validate(set map[string]string, optional bool, path *field.Path) field.ErrorList {
	if len(set) > maxCount {
		return field.ErrorList{field.TooLong(path, "Provisioner Parameters exceeds max allowed", maxCount)}
	}
	if len(set) == 0 && !optional {
		return field.ErrorList{field.Required(path, "must contain at least one key/value pair")}
	}
	var errs field.ErrorList
	size := 0
	for key, value := range set {
		if key == "" {
			errs = append(errs, field.Invalid(path, key, "field can not be empty."))
		}
		size += len(key) + len(value)
	}
	if size > maxSize {
		errs = append(errs, field.TooLong(path, "", maxSize))
	}
	return errs
}

// ValidateDriver checks the name of a CSI driver.
func ValidateDriver(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	if len(name) > maxDriver {
		errs = append(errs, field.TooLong(path, name, maxDriver))
	}
	return append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(strings.ToLower(name)), name, path)...)
}

// Unset prints what may not be there.
func Unset[T any](p *T, unset string) string {
	if p == nil {
		return unset
	}
	return fmt.Sprint(*p)
}
