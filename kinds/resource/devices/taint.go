package devices

import (
	resourcev1 "k8s.io/api/resource/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// ValidateTaint wants a key, and an effect that taints of devices have.
func ValidateTaint(t *resourcev1.DeviceTaint, path *field.Path) field.ErrorList {
	errs := metavalidation.ValidateLabelName(t.Key, path.Child("key"))
	errs = append(errs, ValidateTaintValue(t.Value, path.Child("value"))...)
	return append(errs, rules.OneOf(t.Effect, path.Child("effect"),
		resourcev1.DeviceTaintEffectNoExecute, resourcev1.DeviceTaintEffectNoSchedule, resourcev1.DeviceTaintEffectNone)...)
}

// ValidateTaintValue wants a label's value.
func ValidateTaintValue(value string, path *field.Path) field.ErrorList {
	return rules.Each(utilvalidation.IsValidLabelValue(value), value, path)
}
