package resourceslice

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	resourcev1 "k8s.io/api/resource/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func validate(s *resourcev1.ResourceSlice) field.ErrorList { return check(s, nil) }

func validateUpdate(s, old *resourcev1.ResourceSlice) field.ErrorList { return check(s, old) }

// check tells all that is wrong with a slice; old is nil for a new one.
func check(s, old *resourcev1.ResourceSlice) field.ErrorList {
	spec, path := &s.Spec, field.NewPath("spec")
	pool := path.Child("pool")
	errs := devices.ValidateDriver(spec.Driver, path.Child("driver"))
	errs = append(errs, devices.ValidatePool(spec.Pool.Name, pool.Child("name"))...)
	if spec.Pool.ResourceSliceCount <= 0 {
		errs = append(errs, field.Invalid(pool.Child("resourceSliceCount"), spec.Pool.ResourceSliceCount, "must be greater than zero"))
	}
	if spec.Pool.Generation < 0 {
		errs = append(errs, field.Invalid(pool.Child("generation"), spec.Pool.Generation, "must be greater than or equal to zero"))
	}
	if old != nil {
		errs = append(errs, rules.Immutable(spec.Pool.Name, old.Spec.Pool.Name, pool.Child("name"))...)
		errs = append(errs, rules.Immutable(spec.Driver, old.Spec.Driver, path.Child("driver"))...)
		errs = append(errs, rules.Immutable(spec.NodeName, old.Spec.NodeName, path.Child("nodeName"))...)
	}
	errs = append(errs, validateNodes(spec, path)...)
	errs = append(errs, validateCounterSets(spec.SharedCounters, path.Child("sharedCounters"))...)
	if len(spec.Devices) > 0 && len(spec.SharedCounters) > 0 {
		errs = append(errs, field.Invalid(path, "", "only one of `sharedCounters` or `devices` is allowed"))
	}
	return append(errs, validateDevices(spec, path.Child("devices"))...)
}

// validateNodes wants one way of saying which nodes have the devices.
func validateNodes(spec *resourcev1.ResourceSliceSpec, path *field.Path) field.ErrorList {
	errs, set := validateWhere(spec.NodeName, spec.NodeSelector, spec.AllNodes, path)
	if spec.PerDeviceNodeSelection != nil {
		if *spec.PerDeviceNodeSelection {
			set = append(set, "`perDeviceNodeSelection`")
		} else {
			errs = append(errs, field.Invalid(path.Child("perDeviceNodeSelection"), false, "must be either unset or set to true"))
		}
	}
	const one = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
	switch len(set) {
	case 0:
		return append(errs, field.Required(path, one))
	case 1:
		return errs
	}
	return append(errs, field.Invalid(path, "{"+strings.Join(set, ", ")+"}", one+", but multiple fields are set"))
}

// validateWhere checks what says which nodes are meant, and lists the fields that do.
func validateWhere(name *string, selector *corev1.NodeSelector, all *bool, path *field.Path) (errs field.ErrorList, set []string) {
	if name != nil {
		if *name == "" {
			errs = append(errs, field.Invalid(path.Child("nodeName"), *name, "must be either unset or set to a non-empty string"))
		} else {
			set = append(set, "`nodeName`")
			errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(*name), *name, path.Child("nodeName"))...)
		}
	}
	if selector != nil {
		set = append(set, "`nodeSelector`")
		at := path.Child("nodeSelector")
		errs = append(errs, podtemplate.ValidateNodeSelector(selector, at)...)
		errs = append(errs, validateValues(selector, at.Child("nodeSelectorTerms"))...)
		if len(selector.NodeSelectorTerms) > 1 {
			// One term can be joined with another slice's, where a claim is given devices of both.
			errs = append(errs, field.Invalid(at.Child("nodeSelectorTerms"), rules.Shown(selector.NodeSelectorTerms), "must have exactly one node selector term"))
		}
	}
	if all != nil {
		if *all {
			set = append(set, "`allNodes`")
		} else {
			errs = append(errs, field.Invalid(path.Child("allNodes"), false, "must be either unset or set to true"))
		}
	}
	return errs, set
}

// validateValues wants values that labels can have, which selectors of older kinds need not.
func validateValues(selector *corev1.NodeSelector, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	for i := range selector.NodeSelectorTerms {
		for j, e := range selector.NodeSelectorTerms[i].MatchExpressions {
			for k, v := range e.Values {
				errs = append(errs, rules.Each(utilvalidation.IsValidLabelValue(v), v, path.Index(i).Child("matchExpressions").Index(j).Child("values").Index(k))...)
			}
		}
	}
	return errs
}
