package deviceclass

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

type errorList = field.ErrorList

// validate checks a class; old is nil for a new one.
func validate(c, old *resourcev1.DeviceClass) field.ErrorList {
	spec, path := &c.Spec, field.NewPath("spec")
	stored := old != nil && equality.Semantic.DeepEqual(spec.Selectors, old.Spec.Selectors)
	errs := devices.ValidateSelectors(spec.Selectors, stored, path.Child("selectors"))
	at := path.Child("config")
	if len(spec.Config) > resourcev1.DeviceConfigMaxSize {
		errs = append(errs, field.TooMany(at, len(spec.Config), resourcev1.DeviceConfigMaxSize))
	}
	for i := range spec.Config {
		errs = append(errs, devices.ValidateConfig(&spec.Config[i].DeviceConfiguration, at.Index(i))...)
	}
	if name := spec.ExtendedResourceName; name != nil && !rules.ExtendedResource(*name) {
		errs = append(errs, field.Invalid(path.Child("extendedResourceName"), *name, "must be a valid extended resource name"))
	}
	return errs
}
