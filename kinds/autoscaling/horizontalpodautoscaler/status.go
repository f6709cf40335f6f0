package horizontalpodautoscaler

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(a, old *autoscaler) { a.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(a, _ *autoscaler) field.ErrorList {
	path := field.NewPath("status")
	errs := rules.NonNegative(a.Status.CurrentReplicas, path.Child("currentReplicas"))
	return append(errs, rules.NonNegative(a.Status.DesiredReplicas, path.Child("desiredReplicas"))...)
}
