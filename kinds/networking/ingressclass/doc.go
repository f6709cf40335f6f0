// Package ingressclass is the kind networking.k8s.io/v1 IngressClass.
package ingressclass
