package cronjob

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/batch/jobspec"
	"argosy.dev/kinds/rules"
)

// The jobs' names have a dash and ten digits more, and are labels of their pods.
const maxName = 63 - 11

func validate(c *batchv1.CronJob) field.ErrorList {
	errs := validateSpec(&c.Spec, nil, field.NewPath("spec"))
	if len(c.Name) > maxName {
		errs = append(errs, field.Invalid(field.NewPath("metadata", "name"), c.Name, "must be no more than 52 characters"))
	}
	return errs
}

func validateUpdate(c, old *batchv1.CronJob) field.ErrorList {
	return validateSpec(&c.Spec, &old.Spec, field.NewPath("spec"))
}

// validateSpec checks the specification; old, which may be nil, excuses a zone that was accepted once.
func validateSpec(spec, old *batchv1.CronJobSpec, path *field.Path) field.ErrorList {
	zoneAllowed := old != nil && namesZone(old.Schedule)
	errs := validateSchedule(spec.Schedule, spec.TimeZone, zoneAllowed, path.Child("schedule"))
	errs = append(errs, rules.OptionalNonNegative(spec.StartingDeadlineSeconds, path.Child("startingDeadlineSeconds"))...)
	if old == nil || !equality.Semantic.DeepEqual(spec.TimeZone, old.TimeZone) {
		errs = append(errs, validateZone(spec.TimeZone, path.Child("timeZone"))...)
	}
	errs = append(errs, rules.OneOf(spec.ConcurrencyPolicy, path.Child("concurrencyPolicy"), batchv1.AllowConcurrent, batchv1.ForbidConcurrent, batchv1.ReplaceConcurrent)...)
	errs = append(errs, validateTemplate(spec, old, path.Child("jobTemplate", "spec"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.SuccessfulJobsHistoryLimit, path.Child("successfulJobsHistoryLimit"))...)
	return append(errs, rules.OptionalNonNegative(spec.FailedJobsHistoryLimit, path.Child("failedJobsHistoryLimit"))...)
}

// Each job has a selector of its own, which is generated.
func validateTemplate(spec, old *batchv1.CronJobSpec, path *field.Path) field.ErrorList {
	var before *corev1.PodTemplateSpec
	if old != nil {
		before = &old.JobTemplate.Spec.Template
	}
	job := &spec.JobTemplate.Spec
	errs := jobspec.Validate(job, before, path)
	if job.Selector != nil {
		errs = append(errs, field.Invalid(path.Child("selector"), job.Selector, "`selector` will be auto-generated"))
	}
	if job.ManualSelector != nil && *job.ManualSelector {
		errs = append(errs, field.NotSupported(path.Child("manualSelector"), *job.ManualSelector, []string{"nil", "false"}))
	}
	return errs
}
