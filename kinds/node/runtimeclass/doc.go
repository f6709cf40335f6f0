// Package runtimeclass is the kind node.k8s.io/v1 RuntimeClass.
package runtimeclass
