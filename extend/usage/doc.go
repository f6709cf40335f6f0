// Package usage answers metrics.k8s.io: what nodes and pods use now, for "kubectl top" and for autoscaling.
//
// Flows in: the cluster's nodes and pods, and what a node tells under /metrics/resource, fetched by whom the app hands in. Flows out: NodeMetrics
// and PodMetrics, made for each who asks ([Figures.Nodes], [Figures.Pods]). A use of processors is what was used between two looks at a node; who
// asks when there was no look lately waits a second for the second.
//
// Nothing runs while nobody asks, and however many ask, a node is looked at once in a while. A node that does not answer in time is left out, with
// its pods. The room must never know how nodes are reached, nor who asks.
//
// Everything is safe for concurrent use.
package usage
