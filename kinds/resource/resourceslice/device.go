package resourceslice

import (
	"fmt"
	"strings"

	"github.com/blang/semver/v4"
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func validateDevices(spec *resourcev1.ResourceSliceSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	most, seen := resourcev1.ResourceSliceMaxDevices, map[string]bool{}
	for i := range spec.Devices {
		if d := &spec.Devices[i]; len(d.Taints) > 0 || len(d.ConsumesCounters) > 0 {
			most = resourcev1.ResourceSliceMaxDevicesWithAdvancedFeatures
		}
	}
	if len(spec.Devices) > most {
		errs = append(errs, field.TooMany(path, len(spec.Devices), most))
	}
	for i := range spec.Devices {
		d, at := &spec.Devices[i], path.Index(i)
		errs = append(errs, validateDevice(d, spec.PerDeviceNodeSelection != nil && *spec.PerDeviceNodeSelection, at)...)
		if seen[d.Name] {
			errs = append(errs, field.Duplicate(at, d.Name))
		}
		seen[d.Name] = true
	}
	return errs
}

func validateDevice(d *resourcev1.Device, choosesNode bool, path *field.Path) field.ErrorList {
	errs := devices.ValidateLabel(d.Name, path.Child("name"))
	if n := len(d.Attributes) + len(d.Capacity); n > resourcev1.ResourceSliceMaxAttributesAndCapacitiesPerDevice {
		errs = append(errs, field.Invalid(path, n, fmt.Sprintf("the total number of attributes and capacities must not exceed %d", resourcev1.ResourceSliceMaxAttributesAndCapacitiesPerDevice)))
	}
	for _, name := range sorted(d.Attributes) {
		a := d.Attributes[name]
		errs = append(errs, devices.ValidateQualified(string(name), path.Child("attributes"))...)
		errs = append(errs, validateAttribute(&a, path.Child("attributes").Key(string(name)))...)
	}
	for _, name := range sorted(d.Capacity) {
		c := d.Capacity[name]
		errs = append(errs, devices.ValidateQualified(string(name), path.Child("capacity"))...)
		errs = append(errs, validateCapacity(&c, d.AllowMultipleAllocations != nil && *d.AllowMultipleAllocations, path.Child("capacity").Key(string(name)))...)
	}
	if len(d.Taints) > resourcev1.DeviceTaintsMaxLength {
		errs = append(errs, field.TooMany(path.Child("taints"), len(d.Taints), resourcev1.DeviceTaintsMaxLength))
	}
	for i := range d.Taints {
		errs = append(errs, devices.ValidateTaint(&d.Taints[i], path.Child("taints").Index(i))...)
	}
	errs = append(errs, validateConsumption(d.ConsumesCounters, path.Child("consumesCounters"))...)
	errs = append(errs, validatePlace(d, choosesNode, path)...)
	return append(errs, validateBinding(d, path)...)
}

// validatePlace wants a device to say which nodes have it where its slice leaves that to the devices, and nowhere else.
func validatePlace(d *resourcev1.Device, choosesNode bool, path *field.Path) field.ErrorList {
	errs, set := validateWhere(d.NodeName, d.NodeSelector, d.AllNodes, path)
	const one = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec"
	switch {
	case !choosesNode && (d.NodeName != nil || d.NodeSelector != nil || d.AllNodes != nil):
		return field.ErrorList{field.Invalid(path, nil, "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec")}
	case choosesNode && len(set) == 0:
		return append(errs, field.Required(path, one))
	case choosesNode && len(set) > 1:
		return append(errs, field.Invalid(path, "{"+strings.Join(set, ", ")+"}", one))
	}
	return errs
}

// validateBinding: who waits for conditions before a pod is bound must know as well which tell that it waits in vain.
func validateBinding(d *resourcev1.Device, path *field.Path) field.ErrorList {
	ready, failed := path.Child("bindingConditions"), path.Child("bindingFailureConditions")
	errs := devices.ValidateConditionTypes(d.BindingConditions, resourcev1.BindingConditionsMaxSize, ready)
	errs = append(errs, devices.ValidateConditionTypes(d.BindingFailureConditions, resourcev1.BindingFailureConditionsMaxSize, failed)...)
	switch {
	case len(d.BindingConditions) == 0 && len(d.BindingFailureConditions) > 0:
		errs = append(errs, field.Invalid(ready, nil, "bindingConditions are required to use bindingFailureConditions"))
	case len(d.BindingConditions) > 0 && len(d.BindingFailureConditions) == 0:
		errs = append(errs, field.Invalid(failed, nil, "bindingFailureConditions are required to use bindingConditions"))
	}
	return errs
}

func validateAttribute(a *resourcev1.DeviceAttribute, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	set := 0
	for _, is := range []bool{a.IntValue != nil, a.BoolValue != nil, a.StringValue != nil, a.VersionValue != nil,
		a.IntValues != nil, a.BoolValues != nil, a.StringValues != nil, a.VersionValues != nil} {
		if is {
			set++
		}
	}
	if a.StringValue != nil {
		errs = append(errs, validateText(*a.StringValue, path.Child("string"))...)
	}
	if a.VersionValue != nil {
		errs = append(errs, validateVersion(*a.VersionValue, path.Child("version"))...)
	}
	for i, text := range a.StringValues {
		errs = append(errs, validateText(text, path.Child("strings").Index(i))...)
	}
	for i, text := range a.VersionValues {
		errs = append(errs, validateVersion(text, path.Child("versions").Index(i))...)
	}
	switch set {
	case 0:
		return append(errs, field.Required(path, "exactly one value must be specified"))
	case 1:
		return errs
	}
	return append(errs, field.Invalid(path, rules.Shown(a), "exactly one value must be specified"))
}

func validateText(text string, path *field.Path) field.ErrorList {
	if len(text) > resourcev1.DeviceAttributeMaxValueLength {
		return field.ErrorList{field.TooLong(path, "", resourcev1.DeviceAttributeMaxValueLength)}
	}
	return nil
}

func validateVersion(text string, path *field.Path) field.ErrorList {
	errs := validateText(text, path)
	if _, err := semver.Parse(text); err != nil {
		errs = append(errs, field.Invalid(path, text, "must be a string compatible with semver.org spec 2.0.0"))
	}
	return errs
}
