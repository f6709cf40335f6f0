package job

import (
	"slices"
	"strconv"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(func(j, old *batchv1.Job) { j.Spec = old.Spec }),
		Validate: kinds.AskWith(validateStatus),
	}
}

func fields() map[string]func(kinds.Object) string {
	return map[string]func(kinds.Object) string{
		"status.successful": kinds.Ask(func(j *batchv1.Job) string { return strconv.Itoa(int(j.Status.Succeeded)) }),
	}
}

func hasCondition(s *batchv1.JobStatus, kind batchv1.JobConditionType) bool {
	return slices.ContainsFunc(s.Conditions, func(c batchv1.JobCondition) bool {
		return c.Type == kind && c.Status == corev1.ConditionTrue
	})
}

// finished tells that nothing will be done for the job any more.
func finished(s *batchv1.JobStatus) bool {
	return hasCondition(s, batchv1.JobComplete) || hasCondition(s, batchv1.JobFailed)
}
