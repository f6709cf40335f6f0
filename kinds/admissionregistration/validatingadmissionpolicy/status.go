package validatingadmissionpolicy

import (
	admissionv1 "k8s.io/api/admissionregistration/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(p, old *admissionv1.ValidatingAdmissionPolicy) { p.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(p, _ *admissionv1.ValidatingAdmissionPolicy) field.ErrorList {
	path := field.NewPath("status")
	var errs field.ErrorList
	if checks := p.Status.TypeChecking; checks != nil {
		for i, w := range checks.ExpressionWarnings {
			at := path.Child("typeChecking", "expressionWarnings").Index(i)
			if w.Warning == "" {
				errs = append(errs, field.Required(at.Child("warning"), ""))
			}
			if w.FieldRef == "" {
				errs = append(errs, field.Required(at.Child("fieldRef"), ""))
			}
		}
	}
	return append(errs, metavalidation.ValidateConditions(p.Status.Conditions, path.Child("conditions"))...)
}
