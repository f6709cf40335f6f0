package namespace

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func finalize() kinds.Subresource {
	return kinds.Subresource{
		Name:     "finalize",
		Verbs:    []string{"update"},
		Prepare:  kinds.DoWith(func(n, old *corev1.Namespace) { n.Status = old.Status }),
		Validate: kinds.AskWith(validateFinalize),
	}
}

func validateFinalize(n, _ *corev1.Namespace) field.ErrorList {
	var errs field.ErrorList
	for i, name := range n.Spec.Finalizers {
		errs = append(errs, rules.Finalizer(string(name), field.NewPath("spec", "finalizers").Index(i))...)
	}
	return errs
}
