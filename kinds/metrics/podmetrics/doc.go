// Package podmetrics is the kind metrics.k8s.io/v1beta1 PodMetrics: what the containers of a pod use, computed for each who asks.
package podmetrics
