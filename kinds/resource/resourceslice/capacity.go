package resourceslice

import (
	"fmt"
	"slices"

	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
)

// maxValidValues is how many amounts a policy may list.
const maxValidValues = 10

func sorted[K ~string, V any](m map[K]V) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// validateCapacity: how a capacity may be divided matters only where several claims can have the device.
func validateCapacity(c *resourcev1.DeviceCapacity, divided bool, path *field.Path) field.ErrorList {
	p, at := c.RequestPolicy, path.Child("requestPolicy")
	switch {
	case p == nil:
		return nil
	case !divided:
		return field.ErrorList{field.Forbidden(at, "allowMultipleAllocations must be true")}
	case p.Default == nil && (len(p.ValidValues) > 0 || p.ValidRange != nil):
		return field.ErrorList{field.Required(at.Child("default"), "required when validValues or validRange is defined")}
	case len(p.ValidValues) > 0 && p.ValidRange != nil:
		return field.ErrorList{field.Forbidden(at, "exactly one policy can be specified, cannot specify `validValues` and `validRange` at the same time")}
	}
	var errs field.ErrorList
	if p.Default != nil && p.Default.Cmp(c.Value) > 0 {
		errs = append(errs, field.Invalid(at.Child("default"), p.Default.String(), "default must be less than or equal to capacity value: "+c.Value.String()))
	}
	if len(p.ValidValues) > 0 {
		errs = append(errs, validateAmounts(p, c.Value, at)...)
	}
	if p.ValidRange != nil {
		errs = append(errs, validateRange(p, c.Value, at.Child("validRange"))...)
	}
	return errs
}

func validateAmounts(p *resourcev1.CapacityRequestPolicy, value resource.Quantity, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	at, found := path.Child("validValues"), false
	if len(p.ValidValues) > maxValidValues {
		errs = append(errs, field.TooMany(at, len(p.ValidValues), maxValidValues))
	}
	for i := range p.ValidValues {
		v := &p.ValidValues[i]
		found = found || p.Default != nil && v.Cmp(*p.Default) == 0
		if v.Cmp(value) > 0 {
			errs = append(errs, field.Invalid(at.Index(i), v.String(), "option is larger than capacity value: "+value.String()))
		}
		if i > 0 && v.Cmp(p.ValidValues[i-1]) <= 0 {
			errs = append(errs, field.Invalid(at, v.String(), "values must be sorted in ascending order"))
		}
	}
	if !found {
		errs = append(errs, field.Invalid(path.Child("default"), p.Default.String(), "default value is not valid according to the requestPolicy"))
	}
	return errs
}

func validateRange(p *resourcev1.CapacityRequestPolicy, value resource.Quantity, path *field.Path) field.ErrorList {
	r := p.ValidRange
	if r.Min == nil {
		return field.ErrorList{field.Required(path.Child("min"), "required when validRange is defined")}
	}
	var errs field.ErrorList
	if r.Min.Cmp(value) > 0 {
		errs = append(errs, field.Invalid(path.Child("min"), r.Min.String(), "min is larger than capacity value: "+value.String()))
	}
	if p.Default.Cmp(*r.Min) < 0 {
		errs = append(errs, field.Invalid(path.Child("min"), r.Min.String(), "default is less than min: "+p.Default.String()))
	}
	if r.Max != nil {
		if r.Max.Cmp(*r.Min) < 0 {
			errs = append(errs, field.Invalid(path.Child("max"), r.Max.String(), "max is less than min: "+r.Min.String()))
		}
		if r.Max.Cmp(value) > 0 {
			errs = append(errs, field.Invalid(path.Child("max"), r.Max.String(), "max is larger than capacity value: "+value.String()))
		}
		if p.Default.Cmp(*r.Max) > 0 {
			errs = append(errs, field.Invalid(path.Child("max"), r.Max.String(), "default is more than max: "+p.Default.String()))
		}
	}
	if r.Step == nil {
		return errs
	}
	if step := r.Step.Value(); step <= 0 {
		errs = append(errs, field.Invalid(path.Child("step"), r.Step.String(), "must be greater than zero"))
	} else if (p.Default.Value()-r.Min.Value())%step != 0 {
		errs = append(errs, field.Invalid(path.Child("step"), r.Step.String(), "default value is not multiple of step: "+p.Default.String()))
	}
	return errs
}

func validateCounterSets(list []resourcev1.CounterSet, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.ResourceSliceMaxCounterSets {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.ResourceSliceMaxCounterSets))
	}
	seen := map[string]bool{}
	for i := range list {
		s, at := &list[i], path.Index(i)
		errs = append(errs, validateCounters(s.Name, "name", s.Counters, resourcev1.ResourceSliceMaxCountersPerCounterSet, at)...)
		if seen[s.Name] {
			errs = append(errs, field.Duplicate(at, s.Name))
		}
		seen[s.Name] = true
	}
	return errs
}

func validateConsumption(list []resourcev1.DeviceCounterConsumption, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.ResourceSliceMaxDeviceCounterConsumptionsPerDevice {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.ResourceSliceMaxDeviceCounterConsumptionsPerDevice))
	}
	seen := map[string]bool{}
	for i := range list {
		c, at := &list[i], path.Index(i)
		errs = append(errs, validateCounters(c.CounterSet, "counterSet", c.Counters, resourcev1.ResourceSliceMaxCountersPerDeviceCounterConsumption, at)...)
		if seen[c.CounterSet] {
			errs = append(errs, field.Duplicate(at, c.CounterSet))
		}
		seen[c.CounterSet] = true
	}
	return errs
}

// validateCounters checks a named set of counters; member is what its name is called there.
func validateCounters(name, member string, counters map[string]resourcev1.Counter, most int, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if name == "" {
		errs = append(errs, field.Required(path.Child(member), ""))
	} else {
		errs = append(errs, devices.ValidateLabel(name, path.Child(member))...)
	}
	at := path.Child("counters")
	switch {
	case len(counters) == 0:
		errs = append(errs, field.Required(at, ""))
	case len(counters) > most:
		errs = append(errs, field.Invalid(at, len(counters), fmt.Sprintf("must not have more than %d counters", most)))
	}
	for _, key := range sorted(counters) {
		errs = append(errs, devices.ValidateLabel(key, at)...)
	}
	return errs
}
