package job

import (
	"fmt"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	spec, status := batchv1.JobSpec{}.SwaggerDoc(), batchv1.JobStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		{Name: "Status", Type: "string", Description: "Status of the job.", Value: table.Cell(summary)},
		{Name: "Completions", Type: "string", Description: status["succeeded"], Value: table.Cell(completions)},
		{Name: "Duration", Type: "string", Description: "Time required to complete the job.", Value: table.CellAt(took)},
		table.Age(),
		{Name: "Containers", Type: "string", Priority: 1, Description: "Names of each container in the template.", Value: table.Cell(func(j *batchv1.Job) any {
			return table.ContainerNames(j.Spec.Template.Spec.Containers)
		})},
		{Name: "Images", Type: "string", Priority: 1, Description: "Images referenced by each container in the template.", Value: table.Cell(func(j *batchv1.Job) any {
			return table.ContainerImages(j.Spec.Template.Spec.Containers)
		})},
		{Name: "Selector", Type: "string", Priority: 1, Description: spec["selector"], Value: table.Cell(func(j *batchv1.Job) any {
			return table.Selector(j.Spec.Selector)
		})},
	}
}

func summary(j *batchv1.Job) any {
	s := &j.Status
	switch {
	case hasCondition(s, batchv1.JobComplete):
		return "Complete"
	case hasCondition(s, batchv1.JobFailed):
		return "Failed"
	case j.DeletionTimestamp != nil:
		return "Terminating"
	case hasCondition(s, batchv1.JobSuspended):
		return "Suspended"
	case hasCondition(s, batchv1.JobFailureTarget):
		return "FailureTarget"
	case hasCondition(s, batchv1.JobSuccessCriteriaMet):
		return "SuccessCriteriaMet"
	}
	return "Running"
}

// A job without completions is done with the first of its pods that succeeds.
func completions(j *batchv1.Job) any {
	spec := &j.Spec
	switch {
	case spec.Completions != nil:
		return fmt.Sprintf("%d/%d", j.Status.Succeeded, *spec.Completions)
	case spec.Parallelism != nil && *spec.Parallelism > 1:
		return fmt.Sprintf("%d/1 of %d", j.Status.Succeeded, *spec.Parallelism)
	}
	return fmt.Sprintf("%d/1", j.Status.Succeeded)
}

func took(j *batchv1.Job, now time.Time) any {
	s := &j.Status
	switch {
	case s.StartTime == nil:
		return ""
	case s.CompletionTime == nil:
		return duration.HumanDuration(now.Sub(s.StartTime.Time))
	}
	return duration.HumanDuration(s.CompletionTime.Sub(s.StartTime.Time))
}
