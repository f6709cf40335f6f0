package devices

import (
	"strings"

	resourcev1 "k8s.io/api/resource/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// ValidateDriver wants the name of a driver, a domain in any case.
func ValidateDriver(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	if len(name) > resourcev1.DriverNameMaxLength {
		errs = append(errs, field.TooLong(path, "", resourcev1.DriverNameMaxLength))
	}
	return append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(strings.ToLower(name)), name, path)...)
}

// ValidatePool wants domains separated by slashes.
func ValidatePool(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	var errs field.ErrorList
	if len(name) > resourcev1.PoolNameMaxLength {
		errs = append(errs, field.TooLong(path, "", resourcev1.PoolNameMaxLength))
	}
	for part := range strings.SplitSeq(name, "/") {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(part), part, path)...)
	}
	return errs
}

// ValidateLabel wants what devices, requests and counters are called.
func ValidateLabel(name string, path *field.Path) field.ErrorList {
	return rules.Each(utilvalidation.IsDNS1123Label(name), name, path)
}

// ValidateQualified wants the name of an attribute or a capacity, with or without a domain.
func ValidateQualified(name string, path *field.Path) field.ErrorList {
	domain, id, ok := strings.Cut(name, "/")
	if !ok {
		return validateID(name, path)
	}
	if strings.Contains(id, "/") {
		return nil // never was refused
	}
	var errs field.ErrorList
	if domain == "" {
		errs = append(errs, field.Required(path, "the domain must not be empty"))
	} else {
		errs = append(errs, validateDomain(domain, path)...)
	}
	if id == "" {
		return append(errs, field.Required(path, "the name must not be empty"))
	}
	return append(errs, validateID(id, path)...)
}

func validateDomain(domain string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(domain) > resourcev1.DeviceMaxDomainLength {
		errs = append(errs, field.TooLong(path, "", resourcev1.DeviceMaxDomainLength))
	}
	return append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(domain), domain, path)...)
}

func validateID(id string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(id) > resourcev1.DeviceMaxIDLength {
		errs = append(errs, field.TooLong(path, "", resourcev1.DeviceMaxIDLength))
	}
	return append(errs, rules.Each(utilvalidation.IsCIdentifier(id), id, path)...)
}

func validateFullyQualified(name string, path *field.Path) field.ErrorList {
	errs := ValidateQualified(name, path)
	if !strings.Contains(name, "/") {
		errs = append(errs, field.Invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash"))
	}
	return errs
}

// ValidateConditionTypes wants distinct names of conditions, of which a device may wait for a few.
func ValidateConditionTypes(list []string, most int, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > most {
		errs = append(errs, field.TooMany(path, len(list), most))
	}
	seen := map[string]bool{}
	for i, name := range list {
		errs = append(errs, metavalidation.ValidateLabelName(name, path.Index(i))...)
		if seen[name] {
			errs = append(errs, field.Duplicate(path.Index(i), name))
		}
		seen[name] = true
	}
	return errs
}
