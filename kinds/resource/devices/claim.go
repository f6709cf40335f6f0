package devices

import (
	"fmt"
	"strings"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Names are those that the parts of a claim may refer to: requests, and their alternatives as "request/alternative".
type Names map[string]bool

// NamesOf lists the requests of a claim.
func NamesOf(c *resourcev1.DeviceClaim) Names {
	names := Names{}
	for i := range c.Requests {
		names[c.Requests[i].Name] = true
		for j := range c.Requests[i].FirstAvailable {
			names[c.Requests[i].Name+"/"+c.Requests[i].FirstAvailable[j].Name] = true
		}
	}
	return names
}

// Validate checks a reference to a request.
func (n Names) Validate(name string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if parts := strings.Split(name, "/"); len(parts) <= 2 {
		for _, part := range parts {
			errs = append(errs, ValidateLabel(part, path)...)
		}
	}
	if !n[name] {
		errs = append(errs, field.Invalid(path, name, "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'"))
	}
	return errs
}

// ValidateAll checks a list of references, in which none is twice.
func (n Names) ValidateAll(list []string, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.DeviceRequestsMaxSize {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.DeviceRequestsMaxSize))
	}
	seen := map[string]bool{}
	for i, name := range list {
		errs = append(errs, n.Validate(name, path.Index(i))...)
		if seen[name] {
			errs = append(errs, field.Duplicate(path.Index(i), name))
		}
		seen[name] = true
	}
	return errs
}

// ValidateClaim checks what a claim, or a template of claims, asks for.
func ValidateClaim(c *resourcev1.DeviceClaim, stored bool, path *field.Path) field.ErrorList {
	errs := validateRequests(c.Requests, stored, path.Child("requests"))
	names := NamesOf(c)
	at := path.Child("constraints")
	if len(c.Constraints) > resourcev1.DeviceConstraintsMaxSize {
		errs = append(errs, field.TooMany(at, len(c.Constraints), resourcev1.DeviceConstraintsMaxSize))
	}
	for i := range c.Constraints {
		errs = append(errs, validateConstraint(&c.Constraints[i], names, at.Index(i))...)
	}
	at = path.Child("config")
	if len(c.Config) > resourcev1.DeviceConfigMaxSize {
		errs = append(errs, field.TooMany(at, len(c.Config), resourcev1.DeviceConfigMaxSize))
	}
	for i := range c.Config {
		errs = append(errs, names.ValidateAll(c.Config[i].Requests, at.Index(i).Child("requests"))...)
		errs = append(errs, ValidateConfig(&c.Config[i].DeviceConfiguration, at.Index(i))...)
	}
	return errs
}

func validateConstraint(c *resourcev1.DeviceConstraint, names Names, path *field.Path) field.ErrorList {
	errs := names.ValidateAll(c.Requests, path.Child("requests"))
	switch {
	case c.MatchAttribute != nil:
		errs = append(errs, validateFullyQualified(string(*c.MatchAttribute), path.Child("matchAttribute"))...)
	case c.DistinctAttribute != nil:
		errs = append(errs, validateFullyQualified(string(*c.DistinctAttribute), path.Child("distinctAttribute"))...)
	default:
		// The words are upstream's, whatever is set.
		errs = append(errs, field.Required(path, `exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set`))
	}
	return errs
}

// AdminAccess lists the requests of a claim that ask for devices as an administrator, by what is told of each.
func AdminAccess(c *resourcev1.DeviceClaim) field.ErrorList {
	var errs field.ErrorList
	for i := range c.Requests {
		if e := c.Requests[i].Exactly; e != nil && e.AdminAccess != nil && *e.AdminAccess {
			errs = append(errs, field.Forbidden(field.NewPath("spec", "devices", "requests").Index(i).Child("adminAccess"),
				fmt.Sprintf("admin access to devices requires the `%s: true` label on the containing namespace", resourcev1.DRAAdminNamespaceLabelKey)))
		}
	}
	return errs
}

// Tidy makes no requests of an empty list of them, as it is when it comes back from the store.
func Tidy(c *resourcev1.DeviceClaim) {
	if len(c.Requests) == 0 {
		c.Requests = nil
	}
}
