// Package nodemetrics is the kind metrics.k8s.io/v1beta1 NodeMetrics: what a node uses, computed for each who asks.
package nodemetrics
