package job

import (
	"math"

	batchv1 "k8s.io/api/batch/v1"

	"argosy.dev/kinds/batch/jobspec"
)

func setDefaults(j *batchv1.Job) {
	spec := &j.Spec
	if spec.Completions == nil && spec.Parallelism == nil {
		spec.Completions = new(int32(1))
	}
	if spec.Parallelism == nil {
		spec.Parallelism = new(int32(1))
	}
	if spec.BackoffLimit == nil {
		spec.BackoffLimit = new(int32(6))
		if spec.BackoffLimitPerIndex != nil {
			*spec.BackoffLimit = math.MaxInt32
		}
	}
	shareLabels(j)
	if spec.CompletionMode == nil {
		spec.CompletionMode = new(batchv1.NonIndexedCompletion)
	}
	if spec.Suspend == nil {
		spec.Suspend = new(false)
	}
	if spec.ManualSelector == nil {
		spec.ManualSelector = new(false)
	}
	if spec.PodReplacementPolicy == nil {
		spec.PodReplacementPolicy = new(batchv1.TerminatingOrFailed)
		if spec.PodFailurePolicy != nil {
			*spec.PodReplacementPolicy = batchv1.Failed
		}
	}
	jobspec.Default(spec)
}

// A job without labels has those of its pods: the very same map, so that labels which the pods are given later are the job's too.
func shareLabels(j *batchv1.Job) {
	if len(j.Labels) == 0 && len(j.Spec.Template.Labels) > 0 {
		j.Labels = j.Spec.Template.Labels
	}
}
