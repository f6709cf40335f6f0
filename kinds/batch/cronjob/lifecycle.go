package cronjob

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(c *batchv1.CronJob) {
	c.Status = batchv1.CronJobStatus{}
	podtemplate.DropDisabled(&c.Spec.JobTemplate.Spec.Template.Spec)
}

func prepareUpdate(c, old *batchv1.CronJob) {
	c.Status = old.Status
	podtemplate.DropDisabled(&c.Spec.JobTemplate.Spec.Template.Spec)
}

func generation(c, old *batchv1.CronJob) bool {
	return !equality.Semantic.DeepEqual(c.Spec, old.Spec)
}

func warnings(c, old *batchv1.CronJob) []string {
	var list []string
	var before *corev1.PodTemplateSpec
	if old != nil {
		before = &old.Spec.JobTemplate.Spec.Template
	} else if msgs := validation.IsDNS1123Label(c.Name); len(msgs) > 0 {
		list = append(list, fmt.Sprintf("metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: %v", msgs))
	}
	path := field.NewPath("spec")
	list = append(list, podtemplate.SpecWarnings(&c.Spec.JobTemplate.Spec.Template, before, path.Child("jobTemplate", "spec", "template"))...)
	if namesZone(c.Spec.Schedule) {
		list = append(list, fmt.Sprintf("CRON_TZ or TZ used in %s is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details", path.Child("schedule")))
	}
	return list
}
