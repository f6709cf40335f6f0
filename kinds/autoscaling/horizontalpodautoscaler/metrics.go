package horizontalpodautoscaler

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

func validateMetrics(list []autoscalingv2.MetricSpec, least *int32, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	outside := false
	for i := range list {
		errs = append(errs, validateMetric(&list[i], path.Index(i))...)
		outside = outside || list[i].Type == autoscalingv2.ObjectMetricSourceType || list[i].Type == autoscalingv2.ExternalMetricSourceType
	}
	if least != nil && *least == 0 && !outside {
		errs = append(errs, field.Forbidden(path, "must specify at least one Object or External metric to support scaling to zero replicas"))
	}
	return errs
}

// validateMetric looks into the first source only: there shall be no other.
func validateMetric(m *autoscalingv2.MetricSpec, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if m.Type == "" {
		errs = append(errs, field.Required(path.Child("type"), "must specify a metric source type"))
	}
	wrong := rules.In(m.Type, path.Child("type"), autoscalingv2.ContainerResourceMetricSourceType, autoscalingv2.ExternalMetricSourceType,
		autoscalingv2.ObjectMetricSourceType, autoscalingv2.PodsMetricSourceType, autoscalingv2.ResourceMetricSourceType)
	errs = append(errs, wrong...)
	var set []source
	for _, s := range sources(m, path) {
		if s.set {
			set = append(set, s)
		}
	}
	if len(set) > 0 {
		errs = append(errs, set[0].validate()...)
	}
	if len(wrong) > 0 {
		return append(errs, wrong...) // upstream finds it twice, and tells it as often
	}
	for _, s := range sources(m, path) {
		if s.is == m.Type && !s.set {
			errs = append(errs, field.Required(path.Child(s.name), "must populate information for the given metric source"))
		}
	}
	for _, s := range set {
		if s.is != m.Type {
			errs = append(errs, field.Forbidden(path.Child(s.name), "must populate the given metric source only"))
		}
	}
	return errs
}

// source is one of the places that a metric can come from.
type source struct {
	is       autoscalingv2.MetricSourceType
	name     string
	set      bool
	validate func() field.ErrorList
}

func sources(m *autoscalingv2.MetricSpec, path *field.Path) []source {
	return []source{
		{autoscalingv2.ObjectMetricSourceType, "object", m.Object != nil, func() field.ErrorList { return validateObject(m.Object, path.Child("object")) }},
		{autoscalingv2.ExternalMetricSourceType, "external", m.External != nil, func() field.ErrorList { return validateExternal(m.External, path.Child("external")) }},
		{autoscalingv2.PodsMetricSourceType, "pods", m.Pods != nil, func() field.ErrorList { return validatePods(m.Pods, path.Child("pods")) }},
		{autoscalingv2.ResourceMetricSourceType, "resource", m.Resource != nil, func() field.ErrorList {
			return validateResource(string(m.Resource.Name), &m.Resource.Target, path.Child("resource"))
		}},
		{autoscalingv2.ContainerResourceMetricSourceType, "containerResource", m.ContainerResource != nil, func() field.ErrorList {
			return validateContainer(m.ContainerResource, path.Child("containerResource"))
		}},
	}
}

func validateObject(s *autoscalingv2.ObjectMetricSource, path *field.Path) field.ErrorList {
	errs := validateReference(s.DescribedObject, path.Child("describedObject"))
	if _, err := schema.ParseGroupVersion(s.DescribedObject.APIVersion); err != nil {
		errs = append(errs, field.Invalid(path.Child("describedObject", "apiVersion"), s.DescribedObject.APIVersion, err.Error()))
	}
	errs = append(errs, validateMetricName(&s.Metric, path.Child("metric"))...)
	errs = append(errs, validateTarget(&s.Target, path.Child("target"))...)
	if s.Target.Value == nil && s.Target.AverageValue == nil {
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must set either a target value or averageValue"))
	}
	return errs
}

func validateExternal(s *autoscalingv2.ExternalMetricSource, path *field.Path) field.ErrorList {
	errs := validateMetricName(&s.Metric, path.Child("metric"))
	errs = append(errs, validateTarget(&s.Target, path.Child("target"))...)
	switch {
	case s.Target.Value == nil && s.Target.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must set either a target value for metric or a per-pod target"))
	case s.Target.Value != nil && s.Target.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("target", "value"), "may not set both a target value for metric and a per-pod target"))
	}
	return errs
}

func validatePods(s *autoscalingv2.PodsMetricSource, path *field.Path) field.ErrorList {
	errs := validateMetricName(&s.Metric, path.Child("metric"))
	errs = append(errs, validateTarget(&s.Target, path.Child("target"))...)
	if s.Target.AverageValue == nil || s.Target.AverageValue.Sign() != 1 {
		errs = append(errs, field.Required(path.Child("target", "averageValue"), "must specify a positive target averageValue"))
	}
	return errs
}

func validateContainer(s *autoscalingv2.ContainerResourceMetricSource, path *field.Path) field.ErrorList {
	errs := validateResource(string(s.Name), &s.Target, path)
	if s.Container == "" {
		errs = append(errs, field.Required(path.Child("container"), "must specify a container"))
	}
	return errs
}

func validateResource(name string, t *autoscalingv2.MetricTarget, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if name == "" {
		errs = append(errs, field.Required(path.Child("name"), "must specify a resource name"))
	}
	errs = append(errs, validateTarget(t, path.Child("target"))...)
	switch {
	case t.AverageUtilization == nil && t.AverageValue == nil:
		errs = append(errs, field.Required(path.Child("target", "averageUtilization"), "must set either a target raw value or a target utilization"))
	case t.AverageUtilization != nil && t.AverageValue != nil:
		errs = append(errs, field.Forbidden(path.Child("target", "averageValue"), "may not set both a target raw value and a target utilization"))
	}
	return errs
}

func validateMetricName(m *autoscalingv2.MetricIdentifier, path *field.Path) field.ErrorList {
	return validateSegment(m.Name, "must specify a metric name", path.Child("name"))
}

func validateTarget(t *autoscalingv2.MetricTarget, path *field.Path) field.ErrorList {
	var errs field.ErrorList
	if t.Type == "" {
		errs = append(errs, field.Required(path.Child("type"), "must specify a metric target type"))
	}
	switch t.Type {
	case autoscalingv2.UtilizationMetricType, autoscalingv2.ValueMetricType, autoscalingv2.AverageValueMetricType:
	default:
		errs = append(errs, field.Invalid(path.Child("type"), t.Type, "must be either Utilization, Value, or AverageValue"))
	}
	errs = append(errs, validatePositive(t.Value, path.Child("value"))...)
	errs = append(errs, validatePositive(t.AverageValue, path.Child("averageValue"))...)
	if u := t.AverageUtilization; u != nil && *u < 1 {
		errs = append(errs, field.Invalid(path.Child("averageUtilization"), *u, "must be greater than 0"))
	}
	return errs
}

func validatePositive(q *resource.Quantity, path *field.Path) field.ErrorList {
	if q == nil || q.Sign() == 1 {
		return nil
	}
	return field.ErrorList{field.Invalid(path, q.String(), "must be positive")}
}
