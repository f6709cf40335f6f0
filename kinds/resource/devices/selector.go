package devices

import (
	resourcev1 "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
	"k8s.io/dynamic-resource-allocation/cel"
)

// ValidateSelectors compiles expressions. What is stored already may use what the language had then.
func ValidateSelectors(list []resourcev1.DeviceSelector, stored bool, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if len(list) > resourcev1.DeviceSelectorsMaxSize {
		errs = append(errs, field.TooMany(path, len(list), resourcev1.DeviceSelectorsMaxSize))
	}
	for i := range list {
		at := path.Index(i).Child("cel")
		if list[i].CEL == nil {
			errs = append(errs, field.Required(at, ""))
			continue
		}
		errs = append(errs, validateExpression(list[i].CEL.Expression, stored, at.Child("expression"))...)
	}
	return errs
}

func validateExpression(text string, stored bool, path *field.Path) field.ErrorList {
	if len(text) > resourcev1.CELSelectorExpressionMaxLength {
		return field.ErrorList{field.TooLong(path, "", resourcev1.CELSelectorExpressionMaxLength)}
	}
	as := environment.NewExpressions
	if stored {
		as = environment.StoredExpressions
	}
	compiled := cel.GetCompiler(cel.Features{EnableConsumableCapacity: true}).CompileCELExpression(text, cel.Options{EnvType: &as})
	switch {
	case compiled.Error == nil && compiled.MaxCost > resourcev1.CELSelectorExpressionMaxCost:
		return field.ErrorList{field.Forbidden(path, "too complex, exceeds cost limit")}
	case compiled.Error == nil:
		return nil
	case compiled.Error.Type == apiservercel.ErrorTypeRequired:
		return field.ErrorList{field.Required(path, compiled.Error.Detail)}
	case compiled.Error.Type == apiservercel.ErrorTypeInvalid:
		return field.ErrorList{field.Invalid(path, text, compiled.Error.Detail)}
	}
	return field.ErrorList{field.InternalError(path, compiled.Error)}
}
