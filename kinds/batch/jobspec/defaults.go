package jobspec

import (
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds/core/podtemplate"
)

// Default fills in what a job leaves out wherever it is written down. Counts and modes are filled in only in a job itself.
func Default(spec *batchv1.JobSpec) {
	if p := spec.PodFailurePolicy; p != nil {
		for i := range p.Rules {
			for j := range p.Rules[i].OnPodConditions {
				if c := &p.Rules[i].OnPodConditions[j]; c.Status == "" {
					c.Status = corev1.ConditionTrue
				}
			}
		}
	}
	podtemplate.DefaultSpec(&spec.Template.Spec)
}
