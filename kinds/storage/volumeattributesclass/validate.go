package volumeattributesclass

import (
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/storage/parameters"
)

func validate(c *storagev1.VolumeAttributesClass) field.ErrorList {
	errs := parameters.ValidateProvisioner(c.DriverName, field.NewPath("driverName"))
	return append(errs, parameters.Validate(c.Parameters, false, field.NewPath("parameters"))...)
}

func validateUpdate(c, old *storagev1.VolumeAttributesClass) field.ErrorList {
	var errs field.ErrorList
	if c.DriverName != old.DriverName {
		errs = append(errs, field.Forbidden(field.NewPath("driverName"), "updates to driverName are forbidden."))
	}
	if !equality.Semantic.DeepEqual(c.Parameters, old.Parameters) {
		errs = append(errs, field.Forbidden(field.NewPath("parameters"), "updates to parameters are forbidden."))
	}
	return append(errs, validate(c)...)
}
