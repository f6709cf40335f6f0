package daemonset

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/core/podtemplate"
	"argosy.dev/kinds/rules"
)

func validate(d *appsv1.DaemonSet) field.ErrorList {
	return validateSpec(&d.Spec, nil, field.NewPath("spec"))
}

func validateUpdate(d, old *appsv1.DaemonSet) field.ErrorList {
	path := field.NewPath("spec")
	errs := validation.ValidateImmutableField(d.Spec.Selector, old.Spec.Selector, path.Child("selector"))
	return append(errs, validateSpec(&d.Spec, &old.Spec, path)...)
}

func validateSpec(spec, old *appsv1.DaemonSetSpec, path *field.Path) field.ErrorList {
	at := path.Child("selector")
	errs := metavalidation.ValidateLabelSelector(spec.Selector, metavalidation.LabelSelectorValidationOptions{}, at)
	if selector, err := metav1.LabelSelectorAsSelector(spec.Selector); err == nil && !selector.Matches(labels.Set(spec.Template.Labels)) {
		errs = append(errs, field.Invalid(path.Child("template", "metadata", "labels"), spec.Template.Labels, "`selector` does not match template `labels`"))
	}
	if spec.Selector != nil && len(spec.Selector.MatchLabels)+len(spec.Selector.MatchExpressions) == 0 {
		errs = append(errs, field.Invalid(at, spec.Selector, "empty selector is invalid for daemonset"))
	}
	var before *corev1.PodTemplateSpec
	if old != nil {
		before = &old.Template
	}
	errs = append(errs, podtemplate.ValidateTemplate(&spec.Template, before, path.Child("template"))...)
	pod, at := &spec.Template.Spec, path.Child("template", "spec")
	if pod.RestartPolicy != corev1.RestartPolicyAlways {
		errs = append(errs, field.NotSupported(at.Child("restartPolicy"), pod.RestartPolicy, []corev1.RestartPolicy{corev1.RestartPolicyAlways}))
	}
	if pod.ActiveDeadlineSeconds != nil {
		errs = append(errs, field.Forbidden(at.Child("activeDeadlineSeconds"), "activeDeadlineSeconds in DaemonSet is not Supported"))
	}
	errs = append(errs, rules.NonNegative(spec.MinReadySeconds, path.Child("minReadySeconds"))...)
	errs = append(errs, validateStrategy(&spec.UpdateStrategy, path.Child("updateStrategy"))...)
	return append(errs, rules.OptionalNonNegative(spec.RevisionHistoryLimit, path.Child("revisionHistoryLimit"))...)
}

func validateStrategy(s *appsv1.DaemonSetUpdateStrategy, path *field.Path) field.ErrorList {
	switch s.Type {
	case appsv1.OnDeleteDaemonSetStrategyType:
		return nil
	case appsv1.RollingUpdateDaemonSetStrategyType:
		if s.RollingUpdate == nil {
			return field.ErrorList{field.Required(path.Child("rollingUpdate"), "")}
		}
		return validateRollingUpdate(s.RollingUpdate, path.Child("rollingUpdate"))
	}
	return field.ErrorList{field.NotSupported(path, rules.Shown(s), []appsv1.DaemonSetUpdateStrategyType{
		appsv1.RollingUpdateDaemonSetStrategyType, appsv1.OnDeleteDaemonSetStrategyType,
	})}
}

// A node either loses its pod before it gets the new one, or has both for a while.
func validateRollingUpdate(r *appsv1.RollingUpdateDaemonSet, path *field.Path) field.ErrorList {
	var unavailable, surge intstr.IntOrString
	if r.MaxUnavailable != nil {
		unavailable = *r.MaxUnavailable
	}
	if r.MaxSurge != nil {
		surge = *r.MaxSurge
	}
	errs := rules.IntOrPercent(unavailable, path.Child("maxUnavailable"))
	errs = append(errs, rules.IntOrPercent(surge, path.Child("maxSurge"))...)
	errs = append(errs, rules.AtMostWhole(unavailable, path.Child("maxUnavailable"))...)
	errs = append(errs, rules.AtMostWhole(surge, path.Child("maxSurge"))...)
	switch fewer, more := some(unavailable), some(surge); {
	case fewer && more:
		errs = append(errs, field.Invalid(path.Child("maxSurge"), r.MaxSurge, "may not be set when maxUnavailable is non-zero"))
	case !fewer && !more:
		errs = append(errs, field.Required(path.Child("maxUnavailable"), "cannot be 0 when maxSurge is 0"))
	}
	return errs
}

func some(v intstr.IntOrString) bool {
	if v.Type == intstr.String && len(utilvalidation.IsValidPercent(v.StrVal)) > 0 {
		return false
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(&v, 100, false)
	return err == nil && n != 0
}
