package resourcequota

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

func validate(q *corev1.ResourceQuota) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateAmounts(q.Spec.Hard, path.Child("hard"))
	errs = append(errs, validateScopes(&q.Spec, path.Child("scopes"))...)
	return append(errs, validateSelector(&q.Spec, path.Child("scopeSelector", "matchExpressions"))...)
}

// What was counted before would be wrong for other scopes.
func validateUpdate(q, old *corev1.ResourceQuota) field.ErrorList {
	errs := validate(q)
	if !slices.Equal(distinct(q.Spec.Scopes), distinct(old.Spec.Scopes)) {
		errs = append(errs, field.Invalid(field.NewPath("spec", "scopes"), q.Spec.Scopes, validation.FieldImmutableErrorMsg))
	}
	return errs
}

func distinct(list []corev1.ResourceQuotaScope) []corev1.ResourceQuotaScope {
	return slices.Compact(slices.Sorted(slices.Values(list)))
}

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(q, old *corev1.ResourceQuota) { q.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func validateStatus(q, _ *corev1.ResourceQuota) field.ErrorList {
	path := field.NewPath("status")
	return append(validateAmounts(q.Status.Hard, path.Child("hard")), validateAmounts(q.Status.Used, path.Child("used"))...)
}
