package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ValidateTemplate checks a template's labels, annotations and pod specification; old is what it was before, or nil.
func ValidateTemplate(t, old *corev1.PodTemplateSpec, path *field.Path) field.ErrorList {
	errs := metavalidation.ValidateLabels(t.Labels, path.Child("labels"))
	errs = append(errs, validation.ValidateAnnotations(t.Annotations, path.Child("annotations"))...)
	s := &scope{spec: &t.Spec}
	if old != nil {
		s.old = &old.Spec
	}
	errs = append(errs, s.validate(path.Child("spec"))...)
	if len(t.Spec.EphemeralContainers) > 0 {
		errs = append(errs, field.Forbidden(path.Child("spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template"))
	}
	return errs
}

// Warnings tells the writer of a template what is allowed but most likely not meant.
func Warnings(t, old *corev1.PodTemplateSpec) []string {
	return SpecWarnings(t, old, field.NewPath("spec", "template"))
}
