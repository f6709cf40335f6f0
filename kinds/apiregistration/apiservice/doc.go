// Package apiservice is the kind apiregistration.k8s.io/v1 APIService.
package apiservice
