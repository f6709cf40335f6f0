package deployment

import (
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(d *appsv1.Deployment) field.ErrorList {
	return validateSpec(&d.Spec, nil, field.NewPath("spec"))
}

func validateUpdate(d, old *appsv1.Deployment) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateSpec(&d.Spec, &old.Spec, path)
	return append(errs, validation.ValidateImmutableField(d.Spec.Selector, old.Spec.Selector, path.Child("selector"))...)
}

func validateSpec(spec, old *appsv1.DeploymentSpec, path *field.Path) field.ErrorList {
	errs := rules.OptionalNonNegative(spec.Replicas, path.Child("replicas"))
	workload := podtemplate.Workload{Selector: spec.Selector, Template: &spec.Template}
	if old != nil {
		workload.Old = &old.Template
	}
	errs = append(errs, workload.Validate(path)...)
	errs = append(errs, validateStrategy(&spec.Strategy, path.Child("strategy"))...)
	errs = append(errs, rules.NonNegative(spec.MinReadySeconds, path.Child("minReadySeconds"))...)
	errs = append(errs, rules.OptionalNonNegative(spec.RevisionHistoryLimit, path.Child("revisionHistoryLimit"))...)
	if deadline := spec.ProgressDeadlineSeconds; deadline != nil {
		errs = append(errs, rules.OptionalNonNegative(deadline, path.Child("progressDeadlineSeconds"))...)
		if *deadline <= spec.MinReadySeconds {
			errs = append(errs, field.Invalid(path.Child("progressDeadlineSeconds"), *deadline, "must be greater than minReadySeconds"))
		}
	}
	return errs
}

func validateStrategy(s *appsv1.DeploymentStrategy, path *field.Path) field.ErrorList {
	switch s.Type {
	case appsv1.RecreateDeploymentStrategyType:
		if s.RollingUpdate != nil {
			return field.ErrorList{field.Forbidden(path.Child("rollingUpdate"), "may not be specified when strategy `type` is 'Recreate'")}
		}
		return nil
	case appsv1.RollingUpdateDeploymentStrategyType:
		if s.RollingUpdate == nil {
			return field.ErrorList{field.Required(path.Child("rollingUpdate"), "this should be defaulted and never be nil")}
		}
		return validateRollingUpdate(s.RollingUpdate, path.Child("rollingUpdate"))
	}
	return field.ErrorList{field.NotSupported(path, shown(s), []appsv1.DeploymentStrategyType{
		appsv1.RecreateDeploymentStrategyType, appsv1.RollingUpdateDeploymentStrategyType,
	})}
}

func validateRollingUpdate(r *appsv1.RollingUpdateDeployment, path *field.Path) field.ErrorList {
	var unavailable, surge intstr.IntOrString
	if r.MaxUnavailable != nil {
		unavailable = *r.MaxUnavailable
	}
	if r.MaxSurge != nil {
		surge = *r.MaxSurge
	}
	errs := rules.IntOrPercent(unavailable, path.Child("maxUnavailable"))
	errs = append(errs, rules.IntOrPercent(surge, path.Child("maxSurge"))...)
	if isZero(unavailable) && isZero(surge) {
		errs = append(errs, field.Invalid(path.Child("maxUnavailable"), unavailable, "may not be 0 when `maxSurge` is 0"))
	}
	return append(errs, rules.AtMostWhole(unavailable, path.Child("maxUnavailable"))...)
}

// Nothing could ever happen if neither more nor fewer pods were allowed.
func isZero(v intstr.IntOrString) bool {
	n, err := intstr.GetScaledValueFromIntOrPercent(&v, 100, false)
	return err == nil && n == 0
}

// shown prints a strategy as clients of Kubernetes know it from this message.
func shown(s *appsv1.DeploymentStrategy) any {
	type rolling struct{ MaxUnavailable, MaxSurge *intstr.IntOrString }
	v := struct {
		Type          appsv1.DeploymentStrategyType
		RollingUpdate *rolling
	}{Type: s.Type}
	if s.RollingUpdate != nil {
		v.RollingUpdate = &rolling{s.RollingUpdate.MaxUnavailable, s.RollingUpdate.MaxSurge}
	}
	return v
}
