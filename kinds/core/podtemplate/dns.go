package podtemplate

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// What resolvers can take.
const (
	maxNameservers = 3
	maxSearches    = 32
	maxSearchChars = 2048
)

func (s *scope) validateDNSConfig(path *field.Path) field.ErrorList {
	config := s.spec.DNSConfig
	var errs field.ErrorList
	if s.spec.DNSPolicy == corev1.DNSNone {
		if config == nil {
			return append(errs, field.Required(path, fmt.Sprintf("must provide `dnsConfig` when `dnsPolicy` is %s", corev1.DNSNone)))
		}
		if len(config.Nameservers) == 0 {
			return append(errs, field.Required(path.Child("nameservers"), fmt.Sprintf("must provide at least one DNS nameserver when `dnsPolicy` is %s", corev1.DNSNone)))
		}
	}
	if config == nil {
		return nil
	}
	errs = append(errs, s.validateNameservers(config.Nameservers, path.Child("nameservers"))...)
	errs = append(errs, validateSearches(config.Searches, path.Child("searches"))...)
	for i, o := range config.Options {
		if o.Name == "" {
			errs = append(errs, field.Required(path.Child("options").Index(i), "must not be empty"))
		}
	}
	return errs
}

func (s *scope) validateNameservers(list []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > maxNameservers {
		errs = append(errs, field.Invalid(path, list, fmt.Sprintf("must not have more than %v nameservers", maxNameservers)))
	}
	var before []string
	if s.old != nil && s.old.DNSConfig != nil {
		before = s.old.DNSConfig.Nameservers
	}
	for i, ip := range list {
		errs = append(errs, utilvalidation.IsValidIPForLegacyField(path.Index(i), ip, true, before)...)
	}
	return errs
}

// A trailing dot says that the domain is complete; the root alone is allowed too. (KEP-4427)
func validateSearches(list []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > maxSearches {
		errs = append(errs, field.Invalid(path, list, fmt.Sprintf("must not have more than %v search paths", maxSearches)))
	}
	if len(strings.Join(list, " ")) > maxSearchChars {
		errs = append(errs, field.Invalid(path, list, fmt.Sprintf("must not have more than %v characters (including spaces) in the search list", maxSearchChars)))
	}
	for i, domain := range list {
		if domain == "." {
			continue
		}
		domain = strings.TrimSuffix(domain, ".")
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123SubdomainWithUnderscore(domain), domain, path.Index(i))...)
	}
	return errs
}

func (s *scope) validateHostAliases(path *field.Path) field.ErrorList {
	var before []string
	if s.old != nil {
		for _, a := range s.old.HostAliases {
			before = append(before, a.IP)
		}
	}
	var errs field.ErrorList
	for i, a := range s.spec.HostAliases {
		at := path.Index(i)
		errs = append(errs, utilvalidation.IsValidIPForLegacyField(at.Child("ip"), a.IP, true, before)...)
		for j, name := range a.Hostnames {
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(name), name, at.Child("hostnames").Index(j))...)
		}
	}
	return errs
}
