// Package figures is what a node's machine and its containers use: processor, memory, network, disk.
//
// Flows in: the runtime's figures by CRI, the kernel's under /proc, and the node's pods. Flows out, on demand, in the forms that the field
// reads:
//
//	Summary           /stats/summary, the kubelet's stats/v1alpha1
//	ResourceMetrics   /metrics/resource, Prometheus text
//	ContainerMetrics  /metrics/cadvisor, Prometheus text with cAdvisor's names
//
// Nothing runs while nobody asks. A rate of use needs two looks: the second is the next reader's, and where there was none lately a reader
// waits a quarter of a second for its own. The room must never know HTTP, nor who asks.
//
// Everything is safe for concurrent use.
package figures
