package job

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/batch/jobspec"
	"argosy.dev/kinds/rules"
)

// validateStatus keeps controllers, of whoever, from telling what cannot be. Most rules look only at what this write changes, so
// that a status which was accepted by laxer rules can still be written. (KEP-4368)
func validateStatus(j, old *batchv1.Job) field.ErrorList {
	path := field.NewPath("status")
	errs := validateStatusCounts(&j.Status, path)
	errs = append(errs, validateUncounted(j.Status.UncountedTerminatedPods, path.Child("uncountedTerminatedPods"))...)
	errs = append(errs, validateConditions(j, old, path)...)
	errs = append(errs, validateFinished(j, old, path)...)
	errs = append(errs, validateStatusIndexes(j, old, path)...)
	return append(errs, validateProgress(j, old, path)...)
}

func validateStatusCounts(s *batchv1.JobStatus, path *field.Path) field.ErrorList {
	errs := rules.NonNegative(s.Active, path.Child("active"))
	errs = append(errs, rules.NonNegative(s.Succeeded, path.Child("succeeded"))...)
	errs = append(errs, rules.NonNegative(s.Failed, path.Child("failed"))...)
	errs = append(errs, rules.OptionalNonNegative(s.Ready, path.Child("ready"))...)
	return append(errs, rules.OptionalNonNegative(s.Terminating, path.Child("terminating"))...)
}

// A pod is counted once.
func validateUncounted(u *batchv1.UncountedTerminatedPods, path *field.Path) field.ErrorList {
	if u == nil {
		return nil
	}
	var errs field.ErrorList
	seen := make(map[string]bool, len(u.Succeeded)+len(u.Failed))
	look := func(uid string, at *field.Path) {
		if uid == "" {
			errs = append(errs, field.Invalid(at, uid, "must not be empty"))
		} else if seen[uid] {
			errs = append(errs, field.Duplicate(at, uid))
		}
		seen[uid] = true
	}
	for i, uid := range u.Succeeded {
		look(string(uid), path.Child("succeeded").Index(i))
	}
	for i, uid := range u.Failed {
		look(string(uid), path.Child("failed").Index(i))
	}
	return errs
}

// validateConditions refuses conditions that contradict each other.
func validateConditions(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	has := func(kind batchv1.JobConditionType) bool { return hasCondition(&j.Status, kind) }
	fresh := func(kind batchv1.JobConditionType) bool { return has(kind) != hasCondition(&old.Status, kind) }
	complete, failed, failing, met := has(batchv1.JobComplete), has(batchv1.JobFailed), has(batchv1.JobFailureTarget), has(batchv1.JobSuccessCriteriaMet)
	freshEnd := fresh(batchv1.JobComplete) || fresh(batchv1.JobFailed)
	var errs field.ErrorList
	at := path.Child("conditions")
	refuse := func(wrong bool, message string) {
		if wrong {
			errs = append(errs, field.Invalid(at, field.OmitValueType{}, message))
		}
	}
	refuse(freshEnd && complete && failed, "cannot set Complete=True and Failed=true conditions")
	refuse((fresh(batchv1.JobComplete) || fresh(batchv1.JobFailureTarget)) && complete && failing, "cannot set Complete=True and FailureTarget=true conditions")
	errs = append(errs, validateCompletionTime(j, old, path.Child("completionTime"))...)
	refuse(fresh(batchv1.JobFailed) && failed && !failing, "cannot set Failed=True condition without the FailureTarget=true condition")
	refuse((fresh(batchv1.JobSuccessCriteriaMet) || fresh(batchv1.JobFailed)) && met && failed, "cannot set Failed=True and SuccessCriteriaMet=true conditions")
	refuse((fresh(batchv1.JobSuccessCriteriaMet) || fresh(batchv1.JobFailureTarget)) && met && failing, "cannot set FailureTarget=True and SuccessCriteriaMet=true conditions")
	refuse(fresh(batchv1.JobComplete) && complete && !met, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition")
	for _, kind := range []batchv1.JobConditionType{batchv1.JobComplete, batchv1.JobFailed, batchv1.JobSuccessCriteriaMet, batchv1.JobFailureTarget} {
		refuse(hasCondition(&old.Status, kind) && !has(kind), fmt.Sprintf("cannot disable the terminal %s=True condition", kind))
	}
	return errs
}

func validateCompletionTime(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	s, complete := &j.Status, hasCondition(&j.Status, batchv1.JobComplete)
	freshTime := !equality.Semantic.DeepEqual(s.CompletionTime, old.Status.CompletionTime)
	if complete == hasCondition(&old.Status, batchv1.JobComplete) && !freshTime && equality.Semantic.DeepEqual(s.StartTime, old.Status.StartTime) {
		return nil
	}
	var errs field.ErrorList
	switch {
	case s.CompletionTime != nil && !complete:
		errs = append(errs, field.Invalid(path, s.CompletionTime, "cannot set completionTime when there is no Complete=True condition"))
	case s.CompletionTime == nil && complete:
		errs = append(errs, field.Required(path, "completionTime is required for Complete jobs"))
	}
	if s.CompletionTime != nil && s.StartTime != nil && s.CompletionTime.Before(s.StartTime) {
		errs = append(errs, field.Invalid(path, s.CompletionTime, "completionTime cannot be set before startTime"))
	}
	return errs
}

// validateFinished wants a job that ends to have begun, and to have no pods left.
func validateFinished(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	s, before := &j.Status, &old.Status
	var errs field.ErrorList
	if s.Ready != nil && *s.Ready > s.Active {
		errs = append(errs, field.Invalid(path.Child("ready"), *s.Ready, "cannot set more ready pods than active"))
	}
	if !finished(s) {
		return errs
	}
	fresh := !finished(before)
	if s.Active > 0 && (fresh || s.Active != before.Active) {
		errs = append(errs, field.Invalid(path.Child("active"), s.Active, "active>0 is invalid for finished job"))
	}
	if s.StartTime == nil && (fresh || before.StartTime != nil) {
		errs = append(errs, field.Required(path.Child("startTime"), "startTime is required for finished job"))
	}
	if u := s.UncountedTerminatedPods; u != nil && len(u.Failed)+len(u.Succeeded) > 0 && (fresh || !equality.Semantic.DeepEqual(u, before.UncountedTerminatedPods)) {
		errs = append(errs, field.Invalid(path.Child("uncountedTerminatedPods"), rules.Shown(u), "uncountedTerminatedPods needs to be empty for finished job"))
	}
	return errs
}

// validateStatusIndexes checks the lists of indexes that are done.
func validateStatusIndexes(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	s, before := &j.Status, &old.Status
	freshFailed := !equality.Semantic.DeepEqual(s.FailedIndexes, before.FailedIndexes)
	freshDone := s.CompletedIndexes != before.CompletedIndexes
	var errs field.ErrorList
	done, failed := path.Child("completedIndexes"), path.Child("failedIndexes")
	if freshDone && s.CompletedIndexes != "" && !jobspec.Indexed(&j.Spec) {
		errs = append(errs, field.Invalid(done, s.CompletedIndexes, "cannot set non-empty completedIndexes when non-indexed completion mode"))
	}
	if freshFailed && s.FailedIndexes != nil && j.Spec.BackoffLimitPerIndex == nil {
		errs = append(errs, field.Invalid(failed, *s.FailedIndexes, "cannot set non-null failedIndexes when backoffLimitPerIndex is null"))
	}
	if j.Spec.Completions == nil || !freshDone && !freshFailed {
		return errs
	}
	succeeded, err := jobspec.ParseIndexes(s.CompletedIndexes, *j.Spec.Completions)
	if err != nil && freshDone {
		errs = append(errs, field.Invalid(done, s.CompletedIndexes, fmt.Sprintf("error parsing completedIndexes: %s", err)))
	}
	if s.FailedIndexes == nil {
		return errs
	}
	lost, lostErr := jobspec.ParseIndexes(*s.FailedIndexes, *j.Spec.Completions)
	if lostErr != nil && freshFailed {
		errs = append(errs, field.Invalid(failed, *s.FailedIndexes, fmt.Sprintf("error parsing failedIndexes: %s", lostErr)))
	}
	if i, both := jobspec.Overlap(succeeded, lost); both && err == nil && lostErr == nil {
		errs = append(errs, field.Invalid(failed, *s.FailedIndexes, fmt.Sprintf("failedIndexes and completedIndexes overlap at index: %d", i)))
	}
	return errs
}

// validateProgress refuses to count backwards, and to rewrite when the job began and ended.
func validateProgress(j, old *batchv1.Job, path *field.Path) field.ErrorList {
	s, before := &j.Status, &old.Status
	var errs field.ErrorList
	if s.Failed < before.Failed {
		errs = append(errs, field.Invalid(path.Child("failed"), s.Failed, "cannot decrease the failed counter"))
	}
	// An indexed job whose pods all run at once can be given fewer completions, and then some that were counted are none any more.
	elastic := jobspec.Indexed(&j.Spec) && equality.Semantic.DeepEqual(j.Spec.Completions, j.Spec.Parallelism)
	if s.Succeeded < before.Succeeded && !elastic {
		errs = append(errs, field.Invalid(path.Child("succeeded"), s.Succeeded, "cannot decrease the succeeded counter"))
	}
	if before.CompletionTime != nil && !equality.Semantic.DeepEqual(s.CompletionTime, before.CompletionTime) {
		errs = append(errs, field.Invalid(path.Child("completionTime"), s.CompletionTime, "completionTime cannot be mutated"))
	}
	suspended := j.Spec.Suspend != nil && *j.Spec.Suspend
	if before.StartTime != nil && !suspended {
		switch {
		case s.StartTime == nil:
			errs = append(errs, field.Required(path.Child("startTime"), "startTime cannot be removed for unsuspended job"))
		case !s.StartTime.Equal(before.StartTime):
			errs = append(errs, field.Required(path.Child("startTime"), "startTime cannot be updated for unsuspended job"))
		}
	}
	return errs
}
