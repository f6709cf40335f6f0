package customresource

import (
	"context"
	"strings"

	structural "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"

	"argosy.dev/kinds"
)

func (v *Version) validate(obj kinds.Object) field.ErrorList {
	now := fieldsOf(obj)
	errs := validation.ValidateCustomResource(nil, now, v.validator)
	errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.Schema, now)...)
	errs = append(errs, v.validateScale(now)...)
	return append(errs, v.judge(errs, now, nil)...)
}

// validateUpdate lets pass what was wrong already and did not change.
func (v *Version) validateUpdate(obj, old kinds.Object) field.ErrorList {
	now, was := fieldsOf(obj), fieldsOf(old)
	related := common.NewCorrelatedObject(now, was, &model.Structural{Structural: v.Schema})
	errs := validation.ValidateCustomResourceUpdate(nil, now, was, v.validator, validation.WithRatcheting(related))
	if len(listtype.ValidateListSetsAndMaps(nil, v.Schema, was)) == 0 {
		errs = append(errs, listtype.ValidateListSetsAndMaps(nil, v.Schema, now)...)
	}
	errs = append(errs, v.validateScale(now)...)
	return append(errs, v.judge(errs, now, was, cel.WithRatcheting(related))...)
}

// judge carries out the CEL rules, unless the object is so wrong that they would stumble.
func (v *Version) judge(wrong field.ErrorList, now, was map[string]any, options ...cel.Option) field.ErrorList {
	if !ruled(v.Schema) {
		return nil
	}
	rules := v.rules()
	if rules == nil {
		return nil
	}
	for _, err := range wrong {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong, field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return field.ErrorList{field.Invalid(nil, nil, "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation")}
		}
	}
	var old any
	if was != nil {
		old = was
	}
	errs, _ := rules.Validate(context.Background(), nil, v.Schema, now, old, celconfig.RuntimeCELCostBudget, options...)
	return errs
}

// ruled tells whether there is any CEL rule in a schema.
func ruled(s *structural.Structural) bool {
	found := false
	(&structural.Visitor{Structural: func(s *structural.Structural) bool {
		found = found || len(s.XValidations) > 0
		return false
	}}).Visit(s)
	return found
}

// validateScale wants the count that the scale subresource shows to be one.
func (v *Version) validateScale(now map[string]any) field.ErrorList {
	s := v.subresources.Scale
	if s == nil {
		return nil
	}
	var errs field.ErrorList
	for _, p := range []string{s.SpecReplicasPath, s.StatusReplicasPath} {
		n, found, err := unstructured.NestedInt64(now, steps(p)...)
		switch {
		case err != nil:
			errs = append(errs, field.Invalid(field.NewPath(p), n, err.Error()))
		case found && n < 0:
			errs = append(errs, field.Invalid(field.NewPath(p), n, "should be a non-negative integer"))
		case n > maxReplicas:
			errs = append(errs, field.Invalid(field.NewPath(p), n, "should be less than or equal to 2147483647"))
		}
	}
	return errs
}

const maxReplicas = 1<<31 - 1

// steps are the names in a simple path.
func steps(path string) []string { return strings.Split(strings.TrimPrefix(path, "."), ".") }
