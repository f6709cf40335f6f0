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

// ValidateSource checks the one source that is set in v, as the member of path that it is.
func ValidateSource(v *corev1.VolumeSource, path *field.Path) field.ErrorList {
	s, volume := &scope{spec: &corev1.PodSpec{}}, &corev1.Volume{VolumeSource: *v}
	for _, list := range [...]func(*corev1.Volume) []source{s.firstSources, driverSources, s.laterSources} {
		for _, src := range list(volume) {
			if src.set {
				return src.check(path.Child(src.name))
			}
		}
	}
	return nil
}

// DefaultSource fills in what a source leaves out.
func DefaultSource(v *corev1.VolumeSource) {
	volume := corev1.Volume{VolumeSource: *v}
	defaultVolume(&volume)
}

// ValidateContainerResource checks the name of a resource that containers can have.
func ValidateContainerResource(name string, path *field.Path) field.ErrorList {
	return validateContainerResource(name, path)
}
