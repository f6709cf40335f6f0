package mutatingadmissionpolicy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/admissionregistration/expression"
	"argosy.dev/kinds/admissionregistration/policy"
	"argosy.dev/kinds/table"
)

// Kind describes policies that change the objects of requests.
func Kind() *kinds.Kind {
	var compiler expression.Compiler
	return &kinds.Kind{
		GVK:        admissionv1.SchemeGroupVersion.WithKind("MutatingAdmissionPolicy"),
		Resource:   "mutatingadmissionpolicies",
		Singular:   "mutatingadmissionpolicy",
		Categories: []string{"api-extensions"},
		New:        func() kinds.Object { return &admissionv1.MutatingAdmissionPolicy{} },
		NewList:    func() runtime.Object { return &admissionv1.MutatingAdmissionPolicyList{} },

		Default:        kinds.Do(defaults),
		Generation:     kinds.AskWith(generation),
		Validate:       kinds.Ask(validate(&compiler)),
		ValidateUpdate: kinds.AskWith(validateUpdate(&compiler)),

		Columns: []kinds.Column{
			table.Name(),
			{Name: "Mutations", Type: "integer", Description: "Mutation indicates the number of mutations rules defined in this configuration",
				Value: table.Cell(func(p *admissionv1.MutatingAdmissionPolicy) any { return int64(len(p.Spec.Mutations)) })},
			policy.ParamKindColumn(func(p *admissionv1.MutatingAdmissionPolicy) *admissionv1.ParamKind { return p.Spec.ParamKind }),
			table.Age(),
		},
	}
}
