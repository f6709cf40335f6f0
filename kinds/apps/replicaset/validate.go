package replicaset

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(r *appsv1.ReplicaSet) field.ErrorList {
	return validateSpec(&r.Spec, nil, field.NewPath("spec"))
}

func validateUpdate(r, old *appsv1.ReplicaSet) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateSpec(&r.Spec, &old.Spec, path)
	return append(errs, validation.ValidateImmutableField(r.Spec.Selector, old.Spec.Selector, path.Child("selector"))...)
}

func validateSpec(spec, old *appsv1.ReplicaSetSpec, path *field.Path) field.ErrorList {
	errs := rules.OptionalNonNegative(spec.Replicas, path.Child("replicas"))
	errs = append(errs, rules.NonNegative(spec.MinReadySeconds, path.Child("minReadySeconds"))...)
	workload := podtemplate.Workload{Selector: spec.Selector, Template: &spec.Template}
	if old != nil {
		workload.Old = &old.Template
	}
	return append(errs, workload.Validate(path)...)
}
