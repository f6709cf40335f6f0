package validatingadmissionpolicybinding

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/admissionregistration/policy"
)

// Kind describes what puts a policy that validates to work, and where.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicyBinding"),
		Resource:   "validatingadmissionpolicybindings",
		Singular:   "validatingadmissionpolicybinding",
		Categories: []string{"api-extensions"},
		New:        func() kinds.Object { return &admissionv1.ValidatingAdmissionPolicyBinding{} },
		NewList:    func() runtime.Object { return &admissionv1.ValidatingAdmissionPolicyBindingList{} },

		Default:    kinds.Do(defaults),
		Generation: kinds.AskWith(generation),
		Validate:   kinds.Ask(validate),

		Columns: policy.BindingColumns(func(b *admissionv1.ValidatingAdmissionPolicyBinding) (string, *admissionv1.ParamRef) {
			return b.Spec.PolicyName, b.Spec.ParamRef
		}),
	}
}
