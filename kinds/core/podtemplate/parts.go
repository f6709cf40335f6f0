package podtemplate

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// ValidateTolerations checks tolerations wherever they are written down.
func ValidateTolerations(list []corev1.Toleration, path *field.Path) field.ErrorList {
	return validateTolerations(list, path)
}

// ValidateOverhead checks what a pod needs beside its containers.
func ValidateOverhead(list corev1.ResourceList, path *field.Path) field.ErrorList {
	s := &scope{spec: &corev1.PodSpec{}}
	return s.validateRequirements(&corev1.ResourceRequirements{Limits: list}, path)
}
