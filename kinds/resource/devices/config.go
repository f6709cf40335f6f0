package devices

import (
	"encoding/json"
	"fmt"
	"strings"

	resourcev1 "k8s.io/api/resource/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// ValidateConfig wants configuration that a driver can be given.
func ValidateConfig(c *resourcev1.DeviceConfiguration, path *field.Path) field.ErrorList {
	at := path.Child("opaque")
	if c.Opaque == nil {
		return field.ErrorList{field.Required(at, "")}
	}
	errs := ValidateDriver(c.Opaque.Driver, at.Child("driver"))
	return append(errs, ValidateRaw(c.Opaque.Parameters, resourcev1.OpaqueParametersMaxLength, at.Child("parameters"))...)
}

// ValidateRaw wants a JSON object, which is not shown in messages: only its driver knows what is in it.
func ValidateRaw(raw runtime.RawExtension, most int, path *field.Path) field.ErrorList {
	if len(raw.Raw) == 0 {
		return field.ErrorList{field.Required(path, "")}
	}
	if len(raw.Raw) > most {
		return field.ErrorList{field.TooLong(path, "", most)}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw.Raw, &object); err != nil || object == nil {
		return field.ErrorList{field.Invalid(path, "<value omitted>", "must be a valid JSON object")}
	}
	return nil
}

// ValidateTolerations wants tolerations that can match a taint of a device.
func ValidateTolerations(list []resourcev1.DeviceToleration, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.DeviceTolerationsMaxLength {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.DeviceTolerationsMaxLength))
	}
	for i := range list {
		t, at := &list[i], path.Index(i)
		if t.Key != "" {
			errs = append(errs, metavalidation.ValidateLabelName(t.Key, at.Child("key"))...)
		}
		switch t.Operator {
		case resourcev1.DeviceTolerationOpExists:
			if t.Value != "" {
				errs = append(errs, field.Invalid(at.Child("value"), t.Value, "must be empty for operator `Exists`"))
			}
		case resourcev1.DeviceTolerationOpEqual:
			errs = append(errs, ValidateTaintValue(t.Value, at.Child("value"))...)
		default:
			errs = append(errs, rules.OneOf(t.Operator, at.Child("operator"), resourcev1.DeviceTolerationOpEqual, resourcev1.DeviceTolerationOpExists)...)
		}
		if t.Effect != "" {
			errs = append(errs, rules.In(t.Effect, at.Child("effect"), resourcev1.DeviceTaintEffectNoExecute, resourcev1.DeviceTaintEffectNoSchedule, resourcev1.DeviceTaintEffectNone)...)
		}
	}
	return errs
}

// Caseless warns of a driver whose name has upper case in it: it is taken, but who compares it may not find it.
func Caseless(driver string, path *field.Path) []string {
	if driver == strings.ToLower(driver) {
		return nil
	}
	return []string{fmt.Sprintf("%s: driver names should be lowercase; %q contains uppercase characters", path, driver)}
}
