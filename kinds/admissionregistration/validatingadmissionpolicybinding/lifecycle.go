package validatingadmissionpolicybinding

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/admissionregistration/matching"
)

func defaults(b *admissionv1.ValidatingAdmissionPolicyBinding) {
	matching.DefaultResources(b.Spec.MatchResources)
}

func generation(b, old *admissionv1.ValidatingAdmissionPolicyBinding) bool {
	return !equality.Semantic.DeepEqual(b.Spec, old.Spec)
}
