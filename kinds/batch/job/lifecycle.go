package job

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"

	"argosy.dev/kinds/batch/jobspec"
	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(j *batchv1.Job) {
	j.Status = batchv1.JobStatus{}
	generateSelector(j)
	podtemplate.DropDisabled(&j.Spec.Template.Spec)
}

func prepareUpdate(j, old *batchv1.Job) {
	j.Status = old.Status
	podtemplate.DropDisabled(&j.Spec.Template.Spec)
}

func generation(j, old *batchv1.Job) bool {
	return !equality.Semantic.DeepEqual(j.Spec, old.Spec)
}

func warnings(j, old *batchv1.Job) []string {
	if old != nil {
		return podtemplate.Warnings(&j.Spec.Template, &old.Spec.Template)
	}
	const many, wide = 100_000, 10_000
	var list []string
	if msgs := validation.IsDNS1123Label(j.Name); len(msgs) > 0 {
		list = append(list, fmt.Sprintf("metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: %v", msgs))
	}
	list = append(list, podtemplate.Warnings(&j.Spec.Template, nil)...)
	if spec := &j.Spec; jobspec.Indexed(spec) && spec.Completions != nil && *spec.Completions > many && spec.Parallelism != nil && *spec.Parallelism > wide {
		list = append(list, "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail")
	}
	return list
}

// deleteWarnings tells who did not say what becomes of the pods that they stay.
func deleteWarnings(opts *metav1.DeleteOptions) []string {
	//lint:ignore SA1019 old clients still send it
	if opts.PropagationPolicy != nil || opts.OrphanDependents != nil {
		return nil
	}
	return []string{"child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning"}
}
