package devices

import (
	"slices"

	resourcev1 "k8s.io/api/resource/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validateRequests(list []resourcev1.DeviceRequest, stored bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.DeviceRequestsMaxSize {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.DeviceRequestsMaxSize))
	}
	seen := map[string]bool{}
	for i := range list {
		r, at := &list[i], path.Index(i)
		errs = append(errs, validateRequest(r, stored, at)...)
		if seen[r.Name] {
			errs = append(errs, field.Duplicate(at, r.Name))
		}
		seen[r.Name] = true
	}
	return errs
}

func validateRequest(r *resourcev1.DeviceRequest, stored bool, path *field.Path) field.ErrorList {
	errs := ValidateLabel(r.Name, path.Child("name"))
	const one = "exactly one of `exactly` or `firstAvailable` is required"
	switch {
	case r.Exactly == nil && len(r.FirstAvailable) == 0:
		return append(errs, field.Required(path, one))
	case r.Exactly != nil && len(r.FirstAvailable) > 0:
		return append(errs, field.Invalid(path, nil, one+", but multiple fields are set"))
	case r.Exactly != nil:
		e := r.Exactly
		return append(errs, validateAsked(asked{e.DeviceClassName, e.Selectors, e.AllocationMode, e.Count, e.Tolerations, e.Capacity}, stored, path.Child("exactly"))...)
	}
	at := path.Child("firstAvailable")
	if len(r.FirstAvailable) > resourcev1.FirstAvailableDeviceRequestMaxSize {
		errs = append(errs, field.TooMany(at, len(r.FirstAvailable), resourcev1.FirstAvailableDeviceRequestMaxSize))
	}
	seen := map[string]bool{}
	for i := range r.FirstAvailable {
		s, at := &r.FirstAvailable[i], at.Index(i)
		errs = append(errs, ValidateLabel(s.Name, at.Child("name"))...)
		errs = append(errs, validateAsked(asked{s.DeviceClassName, s.Selectors, s.AllocationMode, s.Count, s.Tolerations, s.Capacity}, stored, at)...)
		if seen[s.Name] {
			errs = append(errs, field.Duplicate(at, s.Name))
		}
		seen[s.Name] = true
	}
	return errs
}

// asked is what requests and their alternatives have in common.
type asked struct {
	class       string
	selectors   []resourcev1.DeviceSelector
	mode        resourcev1.DeviceAllocationMode
	count       int64
	tolerations []resourcev1.DeviceToleration
	capacity    *resourcev1.CapacityRequirements
}

func validateAsked(a asked, stored bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if a.class == "" {
		errs = append(errs, field.Required(path.Child("deviceClassName"), ""))
	} else {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(a.class), a.class, path.Child("deviceClassName"))...)
	}
	errs = append(errs, ValidateSelectors(a.selectors, stored, path.Child("selectors"))...)
	switch a.mode {
	case resourcev1.DeviceAllocationModeAll:
		if a.count != 0 {
			errs = append(errs, field.Invalid(path.Child("count"), a.count, "must not be specified when allocationMode is 'All'"))
		}
	case resourcev1.DeviceAllocationModeExactCount:
		if a.count <= 0 {
			errs = append(errs, field.Invalid(path.Child("count"), a.count, "must be greater than zero"))
		}
	default:
		errs = append(errs, rules.In(a.mode, path.Child("allocationMode"), resourcev1.DeviceAllocationModeAll, resourcev1.DeviceAllocationModeExactCount)...)
	}
	errs = append(errs, ValidateTolerations(a.tolerations, path.Child("tolerations"))...)
	if a.capacity == nil {
		return errs
	}
	at := path.Child("capacity", "requests")
	for _, name := range sorted(a.capacity.Requests) {
		errs = append(errs, ValidateQualified(string(name), at.Key(string(name)))...)
		errs = append(errs, rules.Amount(a.capacity.Requests[name], at.Key(string(name)))...)
	}
	return errs
}

// sorted lists a map's keys, so that complaints come in the same order every time.
func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
