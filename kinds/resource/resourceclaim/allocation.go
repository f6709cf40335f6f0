package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func validateAllocation(a *resourcev1.AllocationResult, names devices.Names, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	results := path.Child("devices", "results")
	if len(a.Devices.Results) > resourcev1.AllocationResultsMaxSize {
		errs = append(errs, field.TooMany(results, len(a.Devices.Results), resourcev1.AllocationResultsMaxSize))
	}
	for i := range a.Devices.Results {
		errs = append(errs, validateResult(&a.Devices.Results[i], names, results.Index(i))...)
	}
	config := path.Child("devices", "config")
	if most := 2 * resourcev1.DeviceConfigMaxSize; len(a.Devices.Config) > most {
		errs = append(errs, field.TooMany(config, len(a.Devices.Config), most))
	}
	for i := range a.Devices.Config {
		c, at := &a.Devices.Config[i], config.Index(i)
		errs = append(errs, rules.OneOf(c.Source, at.Child("source"), resourcev1.AllocationConfigSourceClaim, resourcev1.AllocationConfigSourceClass)...)
		errs = append(errs, names.ValidateAll(c.Requests, at.Child("requests"))...)
		errs = append(errs, devices.ValidateConfig(&c.DeviceConfiguration, at)...)
	}
	if a.NodeSelector != nil {
		errs = append(errs, podtemplate.ValidateNodeSelector(a.NodeSelector, path.Child("nodeSelector"))...)
	}
	return errs
}

func validateResult(r *resourcev1.DeviceRequestAllocationResult, names devices.Names, path *field.Path) field.ErrorList {
	errs := names.Validate(r.Request, path.Child("request"))
	errs = append(errs, devices.ValidateDriver(r.Driver, path.Child("driver"))...)
	errs = append(errs, devices.ValidatePool(r.Pool, path.Child("pool"))...)
	errs = append(errs, devices.ValidateLabel(r.Device, path.Child("device"))...)
	errs = append(errs, devices.ValidateConditionTypes(r.BindingConditions, resourcev1.BindingConditionsMaxSize, path.Child("bindingConditions"))...)
	errs = append(errs, devices.ValidateConditionTypes(r.BindingFailureConditions, resourcev1.BindingFailureConditionsMaxSize, path.Child("bindingFailureConditions"))...)
	if r.ShareID != nil {
		errs = append(errs, rules.Each(utilvalidation.IsDNS1123Subdomain(string(*r.ShareID)), *r.ShareID, path.Child("shareID"))...)
	}
	return append(errs, devices.ValidateTolerations(r.Tolerations, path.Child("tolerations"))...)
}
