package job

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/batch/jobspec"
	"argosy.dev/kinds/rules"
)

// validateUpdate lets few fields change: how many pods run at once, deadlines and limits, whether the job is suspended.
func validateUpdate(j, old *batchv1.Job) field.ErrorList {
	path, spec, before := field.NewPath("spec"), &j.Spec, &old.Spec
	errs := validateJob(j, &before.Template)
	errs = append(errs, validateSpec(spec, &before.Template, path)...) // told twice, as upstream does
	errs = append(errs, validateCompletions(spec, before, path.Child("completions"))...)
	errs = append(errs, validateKeptSelector(j, old, path)...)
	errs = append(errs, validateTemplateKept(j, old, path.Child("template"))...)
	errs = append(errs, rules.Immutable(spec.CompletionMode, before.CompletionMode, path.Child("completionMode"))...)
	errs = append(errs, rules.Immutable(spec.PodFailurePolicy, before.PodFailurePolicy, path.Child("podFailurePolicy"))...)
	errs = append(errs, rules.Immutable(spec.BackoffLimitPerIndex, before.BackoffLimitPerIndex, path.Child("backoffLimitPerIndex"))...)
	errs = append(errs, rules.Immutable(spec.ManagedBy, before.ManagedBy, path.Child("managedBy"))...)
	return append(errs, rules.Immutable(spec.SuccessPolicy, before.SuccessPolicy, path.Child("successPolicy"))...)
}

// An indexed job whose pods all run at once can be given more or fewer of them. (KEP-3715)
func validateCompletions(spec, before *batchv1.JobSpec, path *field.Path) field.ErrorList {
	if !jobspec.Indexed(spec) {
		return rules.Immutable(spec.Completions, before.Completions, path)
	}
	if equality.Semantic.DeepEqual(spec.Completions, before.Completions) {
		return nil
	}
	if !equality.Semantic.DeepEqual(spec.Completions, spec.Parallelism) || !equality.Semantic.DeepEqual(before.Completions, before.Parallelism) {
		return field.ErrorList{field.Invalid(path, spec.Completions, fmt.Sprintf("can only be modified in tandem with %s", path.Root().Child("parallelism")))}
	}
	return nil
}

func validateTemplateKept(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	before := &old.Spec.Template
	if resting(j) && resting(old) {
		before = before.DeepCopy()
		allowPlacement(before, &j.Spec.Template)
	}
	return rules.Immutable(&j.Spec.Template, before, path)
}

// resting tells that the job is suspended, and that its pods are gone.
func resting(j *batchv1.Job) bool {
	return j.Spec.Suspend != nil && *j.Spec.Suspend && hasCondition(&j.Status, batchv1.JobSuspended)
}

// allowPlacement sets in before what may change while no pod runs: where pods may run, what they are called, and what they
// ask for. (KEP-2926, KEP-5440)
func allowPlacement(before, now *corev1.PodTemplateSpec) {
	before.Labels, before.Annotations = now.Labels, now.Annotations
	before.Spec.NodeSelector = now.Spec.NodeSelector
	before.Spec.Tolerations = now.Spec.Tolerations
	before.Spec.SchedulingGates = now.Spec.SchedulingGates
	var affinity corev1.Affinity
	if before.Spec.Affinity != nil {
		affinity = *before.Spec.Affinity
	}
	affinity.NodeAffinity = nil
	if now.Spec.Affinity != nil {
		affinity.NodeAffinity = now.Spec.Affinity.NodeAffinity
	}
	before.Spec.Affinity = &affinity
	if now.Spec.Affinity == nil && affinity == (corev1.Affinity{}) {
		before.Spec.Affinity = nil
	}
	allowResources(before.Spec.Containers, now.Spec.Containers)
	allowResources(before.Spec.InitContainers, now.Spec.InitContainers)
}

func allowResources(before, now []corev1.Container) {
	for i := range min(len(before), len(now)) {
		before[i].Resources = now[i].Resources
	}
}
