package horizontalpodautoscaler

import (
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
)

// usualUtilization is what the pods' CPU is kept at where nothing else is asked for.
const usualUtilization = 80

func setDefaults(a *autoscaler) {
	for _, name := range carriers {
		delete(a.Annotations, name) // they are of v1 alone
	}
	if a.Spec.MinReplicas == nil {
		a.Spec.MinReplicas = new(int32(1))
	}
	if len(a.Spec.Metrics) == 0 {
		a.Spec.Metrics = []autoscalingv2.MetricSpec{cpuMetric(usualUtilization)}
	}
	if b := a.Spec.Behavior; b != nil {
		b.ScaleUp = upRules(b.ScaleUp)
		b.ScaleDown = downRules(b.ScaleDown)
	}
}

func setOldDefaults(a *old) {
	if a.Spec.MinReplicas == nil {
		a.Spec.MinReplicas = new(int32(1))
	}
}

func cpuMetric(utilization int32) autoscalingv2.MetricSpec {
	return autoscalingv2.MetricSpec{Type: autoscalingv2.ResourceMetricSourceType, Resource: &autoscalingv2.ResourceMetricSource{
		Name: corev1.ResourceCPU, Target: autoscalingv2.MetricTarget{Type: autoscalingv2.UtilizationMetricType, AverageUtilization: &utilization},
	}}
}

// upRules are, where nothing else is said: twice as many or four more in fifteen seconds, whichever is more, at once.
func upRules(r *autoscalingv2.HPAScalingRules) *autoscalingv2.HPAScalingRules {
	r = complete(r, []autoscalingv2.HPAScalingPolicy{
		{Type: autoscalingv2.PodsScalingPolicy, Value: 4, PeriodSeconds: 15},
		{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15},
	})
	if r.StabilizationWindowSeconds == nil {
		r.StabilizationWindowSeconds = new(int32(0))
	}
	return r
}

// downRules are, where nothing else is said: down to the least in fifteen seconds. How long to wait before is left to the controller.
func downRules(r *autoscalingv2.HPAScalingRules) *autoscalingv2.HPAScalingRules {
	return complete(r, []autoscalingv2.HPAScalingPolicy{{Type: autoscalingv2.PercentScalingPolicy, Value: 100, PeriodSeconds: 15}})
}

func complete(r *autoscalingv2.HPAScalingRules, policies []autoscalingv2.HPAScalingPolicy) *autoscalingv2.HPAScalingRules {
	if r == nil {
		r = &autoscalingv2.HPAScalingRules{}
	}
	if r.SelectPolicy == nil {
		r.SelectPolicy = new(autoscalingv2.MaxChangePolicySelect)
	}
	if r.Policies == nil {
		r.Policies = policies
	}
	return r
}
