// Package ingress is the kind networking.k8s.io/v1 Ingress.
package ingress
