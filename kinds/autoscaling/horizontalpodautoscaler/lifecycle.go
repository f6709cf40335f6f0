package horizontalpodautoscaler

import autoscalingv2 "k8s.io/api/autoscaling/v2"

func prepareCreate(a *autoscaler) { a.Status = autoscalingv2.HorizontalPodAutoscalerStatus{} }

func prepareUpdate(a, old *autoscaler) { a.Status = old.Status }
