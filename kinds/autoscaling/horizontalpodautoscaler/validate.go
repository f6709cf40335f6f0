package horizontalpodautoscaler

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/validate/content"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validate(a *autoscaler) field.ErrorList { return validateSpec(&a.Spec, nil) }

func validateUpdate(a, old *autoscaler) field.ErrorList { return validateSpec(&a.Spec, &old.Spec) }

func validateSpec(s, before *autoscalingv2.HorizontalPodAutoscalerSpec) field.ErrorList {
	path := field.NewPath("spec")
	errs := validateBounds(s, path)
	target := path.Child("scaleTargetRef")
	errs = append(errs, validateReference(s.ScaleTargetRef, target)...)
	if before == nil || before.ScaleTargetRef.APIVersion != s.ScaleTargetRef.APIVersion { // what was once accepted stays so
		errs = append(errs, validateGroup(s.ScaleTargetRef.APIVersion, target.Child("apiVersion"))...)
	}
	errs = append(errs, validateMetrics(s.Metrics, s.MinReplicas, path.Child("metrics"))...)
	if b := s.Behavior; b != nil {
		errs = append(errs, validateRules(b.ScaleUp, path.Child("behavior", "scaleUp"))...)
		errs = append(errs, validateRules(b.ScaleDown, path.Child("behavior", "scaleDown"))...)
	}
	return errs
}

func validateBounds(s *autoscalingv2.HorizontalPodAutoscalerSpec, path *field.Path) field.ErrorList {
	const atLeastOne = "must be greater than or equal to 1"
	var errs field.ErrorList
	if s.MinReplicas != nil && *s.MinReplicas < 1 {
		errs = append(errs, field.Invalid(path.Child("minReplicas"), *s.MinReplicas, atLeastOne))
	}
	most := path.Child("maxReplicas")
	switch {
	case s.MaxReplicas == 0:
		errs = append(errs, field.Required(most, "must be set and greater than 0"))
	case s.MaxReplicas < 0:
		errs = append(errs, field.Invalid(most, s.MaxReplicas, atLeastOne))
	}
	if s.MinReplicas != nil && s.MaxReplicas < *s.MinReplicas {
		errs = append(errs, field.Invalid(most, s.MaxReplicas, "must be greater than or equal to `minReplicas`"))
	}
	return errs
}

func validateReference(r autoscalingv2.CrossVersionObjectReference, path *field.Path) field.ErrorList {
	errs := validateSegment(r.Kind, "", path.Child("kind"))
	return append(errs, validateSegment(r.Name, "", path.Child("name"))...)
}

// validateSegment wants something that can be a part of a path.
func validateSegment(s, missing string, path *field.Path) field.ErrorList {
	if s == "" {
		return field.ErrorList{field.Required(path, missing)}
	}
	return rules.Each(content.IsPathSegmentName(s), s, path)
}

// validateGroup refuses versions without a group, but for the one of the kinds that have none.
func validateGroup(apiVersion string, path *field.Path) field.ErrorList {
	gv, err := schema.ParseGroupVersion(apiVersion)
	switch {
	case err != nil:
		return field.ErrorList{field.Invalid(path, apiVersion, err.Error())}
	case gv.Group == "" && gv.Version != "v1":
		return field.ErrorList{field.Invalid(path, apiVersion, "apiVersion must specify API group")}
	}
	return nil
}

const (
	longestWindow = 3600 // seconds
	longestPeriod = 1800
)

func validateRules(r *autoscalingv2.HPAScalingRules, path *field.Path) field.ErrorList {
	if r == nil {
		return nil
	}
	var errs field.ErrorList
	if w := r.StabilizationWindowSeconds; w != nil && *w < 0 {
		errs = append(errs, field.Invalid(path.Child("stabilizationWindowSeconds"), *w, "must be greater than or equal to zero"))
	} else if w != nil && *w > longestWindow {
		errs = append(errs, field.Invalid(path.Child("stabilizationWindowSeconds"), *w, "must be less than or equal to 3600"))
	}
	if r.SelectPolicy != nil {
		errs = append(errs, rules.In(*r.SelectPolicy, path.Child("selectPolicy"),
			autoscalingv2.DisabledPolicySelect, autoscalingv2.MaxChangePolicySelect, autoscalingv2.MinChangePolicySelect)...)
	}
	if len(r.Policies) == 0 {
		errs = append(errs, field.Required(path.Child("policies"), "must specify at least one Policy"))
	}
	for i := range r.Policies {
		errs = append(errs, validatePolicy(&r.Policies[i], path.Child("policies").Index(i))...)
	}
	if r.Tolerance != nil {
		errs = append(errs, rules.Amount(*r.Tolerance, path.Child("tolerance"))...)
	}
	return errs
}

func validatePolicy(p *autoscalingv2.HPAScalingPolicy, path *field.Path) field.ErrorList {
	const positive = "must be greater than zero"
	errs := rules.In(p.Type, path.Child("type"), autoscalingv2.PercentScalingPolicy, autoscalingv2.PodsScalingPolicy)
	if p.Value <= 0 {
		errs = append(errs, field.Invalid(path.Child("value"), p.Value, positive))
	}
	switch {
	case p.PeriodSeconds <= 0:
		errs = append(errs, field.Invalid(path.Child("periodSeconds"), p.PeriodSeconds, positive))
	case p.PeriodSeconds > longestPeriod:
		errs = append(errs, field.Invalid(path.Child("periodSeconds"), p.PeriodSeconds, "must be less than or equal to 1800"))
	}
	return errs
}
