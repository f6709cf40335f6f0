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
	var before *corev1.PodSpec
	if old != nil {
		before = &old.Spec
	}
	return append(errs, ValidateSpec(&t.Spec, before, path.Child("spec"))...)
}

// Warnings tells the writer of a template what is allowed but most likely not meant.
func Warnings(t, old *corev1.PodTemplateSpec) []string { return nil }
