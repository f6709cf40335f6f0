package job

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Labels without a prefix are those of older versions; others still look for them.
const oldNameLabel, oldUIDLabel = "job-name", "controller-uid"

func manual(j *batchv1.Job) bool { return j.Spec.ManualSelector != nil && *j.Spec.ManualSelector }

// generateSelector makes the job select its own pods and nobody else's, by its uid. What the user has set stays, and is
// refused later if it is wrong.
func generateSelector(j *batchv1.Job) {
	if manual(j) {
		return
	}
	template := &j.Spec.Template
	if template.Labels == nil {
		template.Labels = make(map[string]string, 4)
	}
	for key, value := range ownLabels(j) {
		if _, ok := template.Labels[key]; !ok {
			template.Labels[key] = value
		}
	}
	if j.Spec.Selector == nil {
		j.Spec.Selector = &metav1.LabelSelector{}
	}
	if j.Spec.Selector.MatchLabels == nil {
		j.Spec.Selector.MatchLabels = make(map[string]string, 1)
	}
	if _, ok := j.Spec.Selector.MatchLabels[batchv1.ControllerUidLabel]; !ok {
		j.Spec.Selector.MatchLabels[batchv1.ControllerUidLabel] = string(j.UID)
	}
	shareLabels(j)
}

func ownLabels(j *batchv1.Job) map[string]string {
	return map[string]string{
		oldNameLabel: j.Name, batchv1.JobNameLabel: j.Name,
		oldUIDLabel: string(j.UID), batchv1.ControllerUidLabel: string(j.UID),
	}
}

// validateGenerated checks that a selector which should have been generated was.
func validateGenerated(j *batchv1.Job) field.ErrorList {
	if manual(j) || j.Spec.Selector == nil {
		return nil
	}
	var errs field.ErrorList
	if j.UID == "" {
		errs = append(errs, field.Required(field.NewPath("metadata", "uid"), ""))
	}
	own, path := ownLabels(j), field.NewPath("spec", "template", "metadata", "labels")
	for _, key := range []string{batchv1.ControllerUidLabel, batchv1.JobNameLabel, oldUIDLabel, oldNameLabel} {
		switch value, ok := j.Spec.Template.Labels[key]; {
		case !ok:
			errs = append(errs, field.Required(path.Key(key), fmt.Sprintf("must be '%s'", own[key])))
		case value != own[key]:
			errs = append(errs, field.Invalid(path.Key(key), j.Spec.Template.Labels, fmt.Sprintf("must be '%s'", own[key])))
		}
	}
	if selector, err := metav1.LabelSelectorAsSelector(j.Spec.Selector); err == nil && !selector.Matches(labels.Set(own)) {
		errs = append(errs, field.Invalid(field.NewPath("spec", "selector"), j.Spec.Selector, "`selector` not auto-generated"))
	}
	return errs
}
