package validatingadmissionpolicy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/policy"
	"argosy.dev/kinds/table"
)

// Kind describes policies that accept or refuse requests.
func Kind() *kinds.Kind {
	var compiler expression.Compiler
	return &kinds.Kind{
		GVK:        admissionv1.SchemeGroupVersion.WithKind("ValidatingAdmissionPolicy"),
		Resource:   "validatingadmissionpolicies",
		Singular:   "validatingadmissionpolicy",
		Categories: []string{"api-extensions"},
		New:        func() kinds.Object { return &admissionv1.ValidatingAdmissionPolicy{} },
		NewList:    func() runtime.Object { return &admissionv1.ValidatingAdmissionPolicyList{} },

		Default:        kinds.Do(defaults),
		PrepareCreate:  kinds.Do(prepareCreate),
		PrepareUpdate:  kinds.DoWith(prepareUpdate),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate(&compiler)),
		ValidateUpdate: kinds.AskWith(validateUpdate(&compiler)),

		Columns: []kinds.Column{
			table.Name(),
			{Name: "Validations", Type: "integer", Description: "Validations indicates the number of validation rules defined in this configuration",
				Value: table.Cell(func(p *admissionv1.ValidatingAdmissionPolicy) any { return int64(len(p.Spec.Validations)) })},
			policy.ParamKindColumn(func(p *admissionv1.ValidatingAdmissionPolicy) *admissionv1.ParamKind { return p.Spec.ParamKind }),
			table.Age(),
		},
		Subresources: []kinds.Subresource{status()},
	}
}
