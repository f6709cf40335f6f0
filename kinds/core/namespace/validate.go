package namespace

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func validate(n *corev1.Namespace) field.ErrorList {
	var errs field.ErrorList
	for _, name := range n.Spec.Finalizers {
		errs = append(errs, validateFinalizer(name, field.NewPath("spec", "finalizers"))...)
	}
	return errs
}

func validateFinalizer(name corev1.FinalizerName, path *field.Path) field.ErrorList {
	errs := validation.ValidateFinalizerName(string(name), path)
	if !strings.Contains(string(name), "/") && !standard(string(name)) {
		errs = append(errs, field.Invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified"))
	}
	return errs
}

func standard(name string) bool {
	return name == string(corev1.FinalizerKubernetes) || name == metav1.FinalizerOrphanDependents || name == metav1.FinalizerDeleteDependents
}
