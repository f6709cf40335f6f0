package jobspec

import (
	"fmt"
	"slices"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

const (
	// Jobs with an index for each pod are tracked in their status, which bounds their size. (KEP-2214, KEP-3850)
	maxIndexedParallelism = 100_000
	maxFailedIndexes      = 100_000
	manyCompletions       = 100_000
	maxAtMany             = 10_000

	maxManagedBy = 63
)

// Validate tells all that is wrong with a job's specification but its selector, which differs between jobs and templates.
// old is the pod template before the change; nil on create.
func Validate(spec *batchv1.JobSpec, old *corev1.PodTemplateSpec, path *field.Path) field.ErrorList {
	errs := validateCounts(spec, path)
	if spec.ManagedBy != nil {
		errs = append(errs, utilvalidation.IsDomainPrefixedPath(path.Child("managedBy"), *spec.ManagedBy)...)
		if len(*spec.ManagedBy) > maxManagedBy {
			errs = append(errs, field.TooLong(path.Child("managedBy"), *spec.ManagedBy, maxManagedBy))
		}
	}
	if spec.CompletionMode != nil {
		errs = append(errs, validateMode(spec, path)...)
	}
	if !Indexed(spec) {
		const message = "requires indexed completion mode"
		if n := spec.BackoffLimitPerIndex; n != nil {
			errs = append(errs, field.Invalid(path.Child("backoffLimitPerIndex"), *n, message))
		}
		if n := spec.MaxFailedIndexes; n != nil {
			errs = append(errs, field.Invalid(path.Child("maxFailedIndexes"), *n, message))
		}
	}
	if spec.PodFailurePolicy != nil {
		errs = append(errs, validateFailurePolicy(spec, path.Child("podFailurePolicy"))...)
	}
	if spec.SuccessPolicy != nil {
		if Indexed(spec) {
			errs = append(errs, validateSuccessPolicy(spec, path.Child("successPolicy"))...)
		} else {
			errs = append(errs, field.Invalid(path.Child("successPolicy"), rules.Shown(spec.SuccessPolicy), "requires indexed completion mode"))
		}
	}
	errs = append(errs, validateReplacement(spec, path.Child("podReplacementPolicy"))...)
	errs = append(errs, podtemplate.ValidateTemplate(&spec.Template, old, path.Child("template"))...)
	return append(errs, validateRestartPolicy(spec, path.Child("template", "spec", "restartPolicy"))...)
}

// Indexed tells whether each of the job's pods has an index of its own.
func Indexed(spec *batchv1.JobSpec) bool {
	return spec.CompletionMode != nil && *spec.CompletionMode == batchv1.IndexedCompletion
}

func validateCounts(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	errs := rules.OptionalNonNegative(spec.Parallelism, path.Child("parallelism"))
	errs = append(errs, rules.OptionalNonNegative(spec.Completions, path.Child("completions"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.ActiveDeadlineSeconds, path.Child("activeDeadlineSeconds"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.BackoffLimit, path.Child("backoffLimit"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.TTLSecondsAfterFinished, path.Child("ttlSecondsAfterFinished"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.BackoffLimitPerIndex, path.Child("backoffLimitPerIndex"))...)
	if spec.MaxFailedIndexes != nil {
		errs = append(errs, rules.OptionalNonNegative(spec.MaxFailedIndexes, path.Child("maxFailedIndexes"))...)
		if spec.BackoffLimitPerIndex == nil {
			errs = append(errs, field.Required(path.Child("backoffLimitPerIndex"), "when maxFailedIndexes is specified"))
		}
	}
	return errs
}

func validateMode(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	if !Indexed(spec) {
		return rules.In(*spec.CompletionMode, path.Child("completionMode"), batchv1.IndexedCompletion, batchv1.NonIndexedCompletion)
	}
	var errs field.ErrorList
	atMost := func(n *int32, limit int32, name, when string) {
		if n != nil && *n > limit {
			errs = append(errs, field.Invalid(path.Child(name), *n, fmt.Sprintf("must be less than or equal to %d%s", limit, when)))
		}
	}
	if spec.Completions == nil {
		errs = append(errs, field.Required(path.Child("completions"), "when completion mode is Indexed"))
	}
	atMost(spec.Parallelism, maxIndexedParallelism, "parallelism", " when completion mode is Indexed")
	if n := spec.MaxFailedIndexes; n != nil && spec.Completions != nil && *n > *spec.Completions {
		errs = append(errs, field.Invalid(path.Child("maxFailedIndexes"), *n, "must be less than or equal to completions"))
	}
	atMost(spec.MaxFailedIndexes, maxFailedIndexes, "maxFailedIndexes", "")
	if spec.Completions != nil && *spec.Completions > manyCompletions && spec.BackoffLimitPerIndex != nil {
		when := fmt.Sprintf(" when completions are above %d and used with backoff limit per index", manyCompletions)
		if spec.MaxFailedIndexes == nil {
			errs = append(errs, field.Required(path.Child("maxFailedIndexes"), fmt.Sprintf("must be specified when completions is above %d", manyCompletions)))
		}
		atMost(spec.Parallelism, maxAtMany, "parallelism", when)
		atMost(spec.MaxFailedIndexes, maxAtMany, "maxFailedIndexes", when)
	}
	return errs
}

// A policy for failures counts pods that failed, so that those that are still terminating are not replaced.
func validateReplacement(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	if spec.PodReplacementPolicy == nil {
		return nil
	}
	if spec.PodFailurePolicy != nil {
		return rules.In(*spec.PodReplacementPolicy, path, batchv1.Failed)
	}
	return rules.In(*spec.PodReplacementPolicy, path, batchv1.Failed, batchv1.TerminatingOrFailed)
}

// Always may have been filled in for a user who said nothing, so that it counts as nothing.
func validateRestartPolicy(spec *batchv1.JobSpec, path *field.Path) field.ErrorList {
	allowed := []corev1.RestartPolicy{corev1.RestartPolicyOnFailure, corev1.RestartPolicyNever}
	policy := spec.Template.Spec.RestartPolicy
	switch {
	case policy == "" || policy == corev1.RestartPolicyAlways:
		return field.ErrorList{field.Required(path, fmt.Sprintf("valid values: %q, %q", allowed[0], allowed[1]))}
	case !slices.Contains(allowed, policy):
		return field.ErrorList{field.NotSupported(path, policy, allowed)}
	case spec.PodFailurePolicy != nil && policy != corev1.RestartPolicyNever:
		return field.ErrorList{field.Invalid(path, policy, fmt.Sprintf("only %q is supported when podFailurePolicy is specified", corev1.RestartPolicyNever))}
	}
	return nil
}
