package validatingadmissionpolicy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/kinds/admissionregistration/matching"
)

func defaults(p *admissionv1.ValidatingAdmissionPolicy) {
	if p.Spec.FailurePolicy == nil {
		p.Spec.FailurePolicy = new(admissionv1.Fail)
	}
	matching.DefaultResources(p.Spec.MatchConstraints)
}

func prepareCreate(p *admissionv1.ValidatingAdmissionPolicy) {
	p.Status = admissionv1.ValidatingAdmissionPolicyStatus{}
}

func prepareUpdate(p, old *admissionv1.ValidatingAdmissionPolicy) { p.Status = old.Status }

func generation(p, old *admissionv1.ValidatingAdmissionPolicy) bool {
	return !equality.Semantic.DeepEqual(p.Spec, old.Spec)
}
