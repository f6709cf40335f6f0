package resourceclaim

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/resource/devices"
	"argosy.dev/kinds/rules"
)

func validate(c *resourcev1.ResourceClaim) field.ErrorList {
	return devices.ValidateClaim(&c.Spec.Devices, false, field.NewPath("spec", "devices"))
}

// What a claim asks for is settled when it is made. What was good then is not looked at again.
func validateUpdate(c, old *resourcev1.ResourceClaim) field.ErrorList {
	return rules.Immutable(c.Spec, old.Spec, field.NewPath("spec"))
}
