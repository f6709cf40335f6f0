// Package downward reads what a pod may tell its own containers: fields of the pod and the resources of its containers, as
// environment variables and files show them. See "Downward API" in the Kubernetes documentation. All functions are pure.
package downward
