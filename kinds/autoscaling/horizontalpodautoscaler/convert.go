package horizontalpodautoscaler

import (
	"encoding/json"
	"fmt"
	"maps"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// The annotations in which v1 carries what it has no fields for.
const (
	metricsCarrier    = carrierPrefix + "metrics"
	currentCarrier    = carrierPrefix + "current-metrics"
	conditionsCarrier = carrierPrefix + "conditions"
	behaviorCarrier   = carrierPrefix + "behavior"

	carrierPrefix = "autoscaling.alpha.kubernetes.io/"
)

var carriers = []string{metricsCarrier, currentCarrier, conditionsCarrier, behaviorCarrier}

// fromOld makes the kept form of a v1 object. What its annotations hold is dropped where it cannot be read: it is the server's own.
func fromOld(a *old) *autoscaler {
	out := &autoscaler{ObjectMeta: a.ObjectMeta, Spec: autoscalingv2.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReference(a.Spec.ScaleTargetRef), MinReplicas: a.Spec.MinReplicas, MaxReplicas: a.Spec.MaxReplicas,
	}, Status: autoscalingv2.HorizontalPodAutoscalerStatus{
		ObservedGeneration: a.Status.ObservedGeneration, LastScaleTime: a.Status.LastScaleTime,
		CurrentReplicas: a.Status.CurrentReplicas, DesiredReplicas: a.Status.DesiredReplicas,
	}}
	if u := a.Spec.TargetCPUUtilizationPercentage; u != nil {
		out.Spec.Metrics = append(out.Spec.Metrics, cpuMetric(*u))
	}
	var metrics []autoscalingv1.MetricSpec
	if carried(a, metricsCarrier, &metrics) {
		for i := range metrics {
			out.Spec.Metrics = append(out.Spec.Metrics, specFromOld(&metrics[i]))
		}
	}
	var current []autoscalingv1.MetricStatus
	if carried(a, currentCarrier, &current) {
		for i := range current {
			out.Status.CurrentMetrics = append(out.Status.CurrentMetrics, statusFromOld(&current[i]))
		}
	}
	setCurrentCPU(&out.Status, a.Status.CurrentCPUUtilizationPercentage)
	var conditions []autoscalingv1.HorizontalPodAutoscalerCondition
	if carried(a, conditionsCarrier, &conditions) {
		for _, c := range conditions {
			out.Status.Conditions = append(out.Status.Conditions, autoscalingv2.HorizontalPodAutoscalerCondition{
				Type: autoscalingv2.HorizontalPodAutoscalerConditionType(c.Type), Status: c.Status, LastTransitionTime: c.LastTransitionTime, Reason: c.Reason, Message: c.Message,
			})
		}
	}
	var b behavior
	if carried(a, behaviorCarrier, &b) {
		out.Spec.Behavior = b.kept()
	}
	out.Annotations = without(a.Annotations)
	return out
}

// setCurrentCPU puts v1's one measurement among all: its field counts more than the annotation.
func setCurrentCPU(s *autoscalingv2.HorizontalPodAutoscalerStatus, utilization *int32) {
	if utilization == nil {
		return
	}
	for i := range s.CurrentMetrics {
		if m := s.CurrentMetrics[i].Resource; m != nil && m.Name == corev1.ResourceCPU {
			m.Current.AverageUtilization = utilization
			return
		}
	}
	s.CurrentMetrics = append(s.CurrentMetrics, autoscalingv2.MetricStatus{Type: autoscalingv2.ResourceMetricSourceType,
		Resource: &autoscalingv2.ResourceMetricStatus{Name: corev1.ResourceCPU, Current: autoscalingv2.MetricValueStatus{AverageUtilization: utilization}}})
}

// toOld shows an object in v1.
func toOld(a *autoscaler) (*old, error) {
	out := &old{ObjectMeta: a.ObjectMeta, Spec: autoscalingv1.HorizontalPodAutoscalerSpec{
		ScaleTargetRef: autoscalingv1.CrossVersionObjectReference(a.Spec.ScaleTargetRef), MinReplicas: a.Spec.MinReplicas, MaxReplicas: a.Spec.MaxReplicas,
	}, Status: autoscalingv1.HorizontalPodAutoscalerStatus{
		ObservedGeneration: a.Status.ObservedGeneration, LastScaleTime: a.Status.LastScaleTime,
		CurrentReplicas: a.Status.CurrentReplicas, DesiredReplicas: a.Status.DesiredReplicas,
	}}
	var metrics []autoscalingv1.MetricSpec
	for i := range a.Spec.Metrics {
		m := &a.Spec.Metrics[i]
		if out.Spec.TargetCPUUtilizationPercentage == nil && m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil &&
			m.Resource.Name == corev1.ResourceCPU && m.Resource.Target.AverageUtilization != nil {
			out.Spec.TargetCPUUtilizationPercentage = m.Resource.Target.AverageUtilization
			continue
		}
		metrics = append(metrics, specToOld(m))
	}
	var current []autoscalingv1.MetricStatus
	for i := range a.Status.CurrentMetrics {
		m := &a.Status.CurrentMetrics[i]
		if m.Type == autoscalingv2.ResourceMetricSourceType && m.Resource != nil && m.Resource.Name == corev1.ResourceCPU {
			out.Status.CurrentCPUUtilizationPercentage = m.Resource.Current.AverageUtilization
		}
		current = append(current, statusToOld(m))
	}
	var conditions []autoscalingv1.HorizontalPodAutoscalerCondition
	for _, c := range a.Status.Conditions {
		conditions = append(conditions, autoscalingv1.HorizontalPodAutoscalerCondition{
			Type: autoscalingv1.HorizontalPodAutoscalerConditionType(c.Type), Status: c.Status, LastTransitionTime: c.LastTransitionTime, Reason: c.Reason, Message: c.Message,
		})
	}
	carry := carrier{to: out}
	carry.put(metricsCarrier, metrics, len(metrics) > 0)
	carry.put(currentCarrier, current, len(current) > 0)
	carry.put(conditionsCarrier, conditions, len(conditions) > 0)
	carry.put(behaviorCarrier, shownBehavior(a.Spec.Behavior), a.Spec.Behavior != nil)
	return out, carry.err
}

// carrier writes annotations of an object that shares them with another until then.
type carrier struct {
	to  *old
	own bool
	err error
}

func (c *carrier) put(name string, v any, there bool) {
	if !there || c.err != nil {
		return
	}
	text, err := json.Marshal(v)
	if err != nil {
		c.err = fmt.Errorf("writing the annotation %s: %w", name, err)
		return
	}
	if !c.own {
		c.own = true
		c.to.Annotations = maps.Clone(c.to.Annotations)
		if c.to.Annotations == nil {
			c.to.Annotations = map[string]string{}
		}
	}
	c.to.Annotations[name] = string(text)
}

// carried reads an annotation.
func carried(a *old, name string, into any) bool {
	text, ok := a.Annotations[name]
	return ok && json.Unmarshal([]byte(text), into) == nil
}

// without are the annotations but for the carriers.
func without(annotations map[string]string) map[string]string {
	carries := false
	for _, name := range carriers {
		_, has := annotations[name]
		carries = carries || has
	}
	if !carries {
		return annotations
	}
	kept := maps.Clone(annotations)
	for _, name := range carriers {
		delete(kept, name)
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}
