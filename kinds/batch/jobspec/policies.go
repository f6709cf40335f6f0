package jobspec

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	maxRules             = 20
	maxExitCodes         = 255
	maxConditionPatterns = 20
	maxIndexesLength     = 64 * 1024
)

// validateFailurePolicy checks the rules by which failed pods are judged. (KEP-3329)
func validateFailurePolicy(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	list, at := spec.PodFailurePolicy.Rules, path.Child("rules")
	if len(list) > maxRules {
		return field.ErrorList{field.TooMany(at, len(list), maxRules)}
	}
	names := make(map[string]bool)
	for i := range spec.Template.Spec.Containers {
		names[spec.Template.Spec.Containers[i].Name] = true
	}
	for i := range spec.Template.Spec.InitContainers {
		names[spec.Template.Spec.InitContainers[i].Name] = true
	}
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, validateFailureRule(spec, &list[i], names, at.Index(i))...)
	}
	return errs
}

func validateFailureRule(spec *batchv1.JobSpec, rule *batchv1.PodFailurePolicyRule, names map[string]bool, path *field.Path) field.ErrorList {
	actions := []batchv1.PodFailurePolicyAction{
		batchv1.PodFailurePolicyActionCount, batchv1.PodFailurePolicyActionFailIndex, batchv1.PodFailurePolicyActionFailJob, batchv1.PodFailurePolicyActionIgnore,
	}
	at := path.Child("action")
	errs := choice(rule.Action, actions, at)
	if rule.Action == batchv1.PodFailurePolicyActionFailIndex && spec.BackoffLimitPerIndex == nil {
		errs = append(errs, field.Invalid(at, rule.Action, "requires the backoffLimitPerIndex to be set"))
	}
	if rule.OnExitCodes != nil {
		errs = append(errs, validateExitCodes(rule.OnExitCodes, names, path.Child("onExitCodes"))...)
	}
	if len(rule.OnPodConditions) > 0 {
		errs = append(errs, validateConditionPatterns(rule.OnPodConditions, path.Child("onPodConditions"))...)
	}
	switch codes, conditions := rule.OnExitCodes != nil, len(rule.OnPodConditions) > 0; {
	case codes && conditions:
		errs = append(errs, field.Invalid(path, field.OmitValueType{}, "specifying both OnExitCodes and OnPodConditions is not supported"))
	case !codes && !conditions:
		errs = append(errs, field.Invalid(path, field.OmitValueType{}, "specifying one of OnExitCodes and OnPodConditions is required"))
	}
	return errs
}

// choice is rules.In whose complaint about a missing value lists the choices.
func choice[T ~string](v T, choices []T, path *field.Path) field.ErrorList {
	if v == "" {
		return field.ErrorList{field.Required(path, fmt.Sprintf("valid values: %q", choices))}
	}
	return rules.In(v, path, choices...)
}

func validateExitCodes(r *batchv1.PodFailurePolicyOnExitCodesRequirement, names map[string]bool, path *field.Path) field.ErrorList {
	operators := []batchv1.PodFailurePolicyOnExitCodesOperator{batchv1.PodFailurePolicyOnExitCodesOpIn, batchv1.PodFailurePolicyOnExitCodesOpNotIn}
	errs := choice(r.Operator, operators, path.Child("operator"))
	if n := r.ContainerName; n != nil && !names[*n] {
		errs = append(errs, field.Invalid(path.Child("containerName"), *n, "must be one of the container or initContainer names in the pod template"))
	}
	at := path.Child("values")
	switch {
	case len(r.Values) == 0:
		return append(errs, field.Invalid(at, r.Values, "at least one value is required"))
	case len(r.Values) > maxExitCodes:
		return append(errs, field.TooMany(at, len(r.Values), maxExitCodes))
	}
	seen := make(map[int32]bool, len(r.Values))
	for i, code := range r.Values {
		if code == 0 && r.Operator == batchv1.PodFailurePolicyOnExitCodesOpIn {
			errs = append(errs, field.Invalid(at.Index(i), code, "must not be 0 for the In operator"))
		}
		if seen[code] {
			errs = append(errs, field.Duplicate(at.Index(i), code))
		}
		seen[code] = true
	}
	if !slices.IsSorted(r.Values) {
		errs = append(errs, field.Invalid(at, r.Values, "must be ordered"))
	}
	return errs
}

func validateConditionPatterns(patterns []batchv1.PodFailurePolicyOnPodConditionsPattern, path *field.Path) field.ErrorList {
	if len(patterns) > maxConditionPatterns {
		return field.ErrorList{field.TooMany(path, len(patterns), maxConditionPatterns)}
	}
	statuses := []corev1.ConditionStatus{corev1.ConditionFalse, corev1.ConditionTrue, corev1.ConditionUnknown}
	var errs field.ErrorList
	for i, p := range patterns {
		at := path.Index(i)
		errs = append(errs, rules.Each(utilvalidation.IsQualifiedName(string(p.Type)), string(p.Type), at.Child("type"))...)
		errs = append(errs, choice(p.Status, statuses, at.Child("status"))...)
	}
	return errs
}

// validateSuccessPolicy checks the rules by which a job succeeds before all of its pods did. (KEP-3998)
func validateSuccessPolicy(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	list, at := spec.SuccessPolicy.Rules, path.Child("rules")
	switch {
	case len(list) == 0:
		return field.ErrorList{field.Required(at, "at least one rules must be specified when the successPolicy is specified")}
	case len(list) > maxRules:
		return field.ErrorList{field.TooMany(at, len(list), maxRules)}
	}
	var errs field.ErrorList
	for i := range list {
		errs = append(errs, validateSuccessRule(spec, &list[i], at.Index(i))...)
	}
	return errs
}

func validateSuccessRule(spec *batchv1.JobSpec, rule *batchv1.SuccessPolicyRule, path *field.Path) field.ErrorList {
	if rule.SucceededCount == nil && rule.SucceededIndexes == nil {
		return field.ErrorList{field.Required(path, "at least one of succeededCount or succeededIndexes must be specified")}
	}
	var errs field.ErrorList
	indexes := -1
	if text := rule.SucceededIndexes; text != nil {
		at := path.Child("succeededIndexes")
		if len(*text) > maxIndexesLength {
			errs = append(errs, field.TooLong(at, *text, maxIndexesLength))
		} else if spec.Completions != nil {
			n, err := CountIndexes(*text, *spec.Completions)
			if err != nil {
				errs = append(errs, field.Invalid(at, *text, fmt.Sprintf("error parsing succeededIndexes: %s", err)))
			}
			indexes = n
		}
	}
	if rule.SucceededCount == nil {
		return errs
	}
	count, at := *rule.SucceededCount, path.Child("succeededCount")
	errs = append(errs, rules.NonNegative(count, at)...)
	if spec.Completions != nil && count > *spec.Completions {
		errs = append(errs, field.Invalid(at, count, fmt.Sprintf("must be less than or equal to %d (the number of specified completions)", *spec.Completions)))
	}
	if indexes >= 0 && int(count) > indexes {
		errs = append(errs, field.Invalid(at, count, fmt.Sprintf("must be less than or equal to %d (the number of indexes in the specified succeededIndexes field)", indexes)))
	}
	return errs
}
