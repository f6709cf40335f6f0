package mutatingadmissionpolicy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/admissionregistration/matching"
)

func defaults(p *admissionv1.MutatingAdmissionPolicy) {
	if p.Spec.FailurePolicy == nil {
		p.Spec.FailurePolicy = new(admissionv1.Fail)
	}
	matching.DefaultResources(p.Spec.MatchConstraints)
}

func generation(p, old *admissionv1.MutatingAdmissionPolicy) bool {
	return !equality.Semantic.DeepEqual(p.Spec, old.Spec)
}
