package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Workload is the selector and the template of something that keeps pods running: deployments, replica sets and their like.
type Workload struct {
	Selector *metav1.LabelSelector
	Template *corev1.PodTemplateSpec
	// Old is the template before the change; nil on create.
	Old *corev1.PodTemplateSpec
}

// Validate checks "selector" and "template" below path: each by itself, that the one selects the other, and that the
// pods are meant to run for ever.
func (w Workload) Validate(path *field.Path) field.ErrorList {
	at := path.Child("selector")
	var errs field.ErrorList
	if w.Selector == nil {
		errs = append(errs, field.Required(at, ""))
	} else {
		errs = append(errs, metavalidation.ValidateLabelSelector(w.Selector, metavalidation.LabelSelectorValidationOptions{}, at)...)
		if len(w.Selector.MatchLabels)+len(w.Selector.MatchExpressions) == 0 {
			errs = append(errs, field.Invalid(at, w.Selector, "empty selector is invalid for deployment"))
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(w.Selector)
	if err != nil {
		return append(errs, field.Invalid(at, w.Selector, "invalid label selector"))
	}
	return append(errs, w.validateTemplate(selector, path.Child("template"))...)
}

func (w Workload) validateTemplate(selector labels.Selector, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if !selector.Empty() && !selector.Matches(labels.Set(w.Template.Labels)) {
		errs = append(errs, field.Invalid(path.Child("metadata", "labels"), w.Template.Labels, "`selector` does not match template `labels`"))
	}
	errs = append(errs, ValidateTemplate(w.Template, w.Old, path)...)
	spec := path.Child("spec")
	if w.Template.Spec.RestartPolicy != corev1.RestartPolicyAlways {
		errs = append(errs, field.NotSupported(spec.Child("restartPolicy"), w.Template.Spec.RestartPolicy, []corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	if w.Template.Spec.ActiveDeadlineSeconds != nil {
		errs = append(errs, field.Forbidden(spec.Child("activeDeadlineSeconds"), "activeDeadlineSeconds in ReplicaSet is not Supported"))
	}
	return errs
}
