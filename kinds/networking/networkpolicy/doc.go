// Package networkpolicy is the kind networking.k8s.io/v1 NetworkPolicy.
package networkpolicy
