package rules

import (
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Integer is what numeric API fields are made of.
type Integer interface{ ~int | ~int32 | ~int64 }

// NonNegative refuses numbers below zero.
func NonNegative[N Integer](n N, path *field.Path) field.ErrorList {
	return validation.ValidateNonnegativeField(int64(n), path)
}

// OptionalNonNegative is NonNegative for a field that may be unset.
func OptionalNonNegative[N Integer](n *N, path *field.Path) field.ErrorList {
	if n == nil {
		return nil
	}
	return NonNegative(*n, path)
}

// Positive refuses numbers below one.
func Positive[N Integer](n N, path *field.Path) field.ErrorList {
	if n > 0 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, n, "must be greater than zero")}
}

// IntOrPercent wants a count that is not negative, or a percentage.
func IntOrPercent(v intstr.IntOrString, path *field.Path) field.ErrorList {
	if v.Type == intstr.Int {
		return NonNegative(v.IntVal, path)
	}
	var errs field.ErrorList
	for _, msg := range utilvalidation.IsValidPercent(v.StrVal) {
		errs = append(errs, field.Invalid(path, v, msg))
	}
	return errs
}

// AtMostWhole refuses percentages over 100.
func AtMostWhole(v intstr.IntOrString, path *field.Path) field.ErrorList {
	if v.Type == intstr.Int || len(utilvalidation.IsValidPercent(v.StrVal)) > 0 {
		return nil
	}
	if n, err := intstr.GetScaledValueFromIntOrPercent(&v, 100, false); err == nil && n <= 100 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, v, "must not be greater than 100%")}
}
