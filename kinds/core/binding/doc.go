// Package binding is the kind v1 Binding: the old way to bind a pod to a node, the same as the pod's subresource.
package binding
