// Package podlogs answers what a request for a container's log asks for: the query parameters of pods/log, which the node's own
// API takes too, as corev1.PodLogOptions and back. It is pure and knows nothing of who serves logs.
package podlogs
