package mutatingadmissionpolicybinding

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/admissionregistration/matching"
	"argosy.dev/kinds/admissionregistration/policy"
)

func validate(b *admissionv1.MutatingAdmissionPolicyBinding) field.ErrorList {
	spec, path := &b.Spec, field.NewPath("spec")
	errs := policy.ValidateName(spec.PolicyName, path.Child("policyName"))
	errs = append(errs, policy.ValidateParamRef(spec.ParamRef, path.Child("paramRef"))...)
	if m := spec.MatchResources; m != nil {
		errs = append(errs, matching.ValidateResources(m, path.Child("matchResources"))...)
	}
	return errs
}
