package namespace

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(n *corev1.Namespace) field.ErrorList {
	var errs field.ErrorList
	for _, name := range n.Spec.Finalizers {
		errs = append(errs, rules.Finalizer(string(name), field.NewPath("spec", "finalizers"))...)
	}
	return errs
}
