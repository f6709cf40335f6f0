package validatingadmissionpolicybinding

import (
	"slices"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/admissionregistration/policy"
	"argosy.dev/kinds/rules"
)

func validate(b *admissionv1.ValidatingAdmissionPolicyBinding) field.ErrorList {
	spec, path := &b.Spec, field.NewPath("spec")
	errs := policy.ValidateName(spec.PolicyName, path.Child("policyName"))
	errs = append(errs, policy.ValidateParamRef(spec.ParamRef, path.Child("paramRef"))...)
	if m := spec.MatchResources; m != nil {
		errs = append(errs, matching.ValidateResources(m, path.Child("matchResources"))...)
	}
	return append(errs, validateActions(spec.ValidationActions, path.Child("validationActions"))...)
}

func validateActions(list []admissionv1.ValidationAction, path *field.Path) field.ErrorList {
	if len(list) == 0 {
		return field.ErrorList{field.Required(path, "at least one validation action is required")}
	}
	var errs field.ErrorList
	for i, action := range list {
		errs = append(errs, rules.In(action, path.Index(i), admissionv1.Audit, admissionv1.Deny, admissionv1.Warn)...)
		if slices.Contains(list[:i], action) {
			errs = append(errs, field.Duplicate(path.Index(i), action))
		}
	}
	if slices.Contains(list, admissionv1.Deny) && slices.Contains(list, admissionv1.Warn) {
		errs = append(errs, field.Invalid(path, list, "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)"))
	}
	return errs
}
