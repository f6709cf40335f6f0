package mutatingadmissionpolicybinding

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/admissionregistration/policy"
)

// Kind describes what puts a policy that changes objects to work, and where.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        admissionv1.SchemeGroupVersion.WithKind("MutatingAdmissionPolicyBinding"),
		Resource:   "mutatingadmissionpolicybindings",
		Singular:   "mutatingadmissionpolicybinding",
		Categories: []string{"api-extensions"},
		New:        func() kinds.Object { return &admissionv1.MutatingAdmissionPolicyBinding{} },
		NewList:    func() runtime.Object { return &admissionv1.MutatingAdmissionPolicyBindingList{} },

		Default:    kinds.Do(defaults),
		Generation: kinds.AskWith(generation),
		Validate:   kinds.Ask(validate),

		Columns: policy.BindingColumns(func(b *admissionv1.MutatingAdmissionPolicyBinding) (string, *admissionv1.ParamRef) {
			return b.Spec.PolicyName, b.Spec.ParamRef
		}),
	}
}
