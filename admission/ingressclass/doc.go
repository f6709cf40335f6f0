// Package ingressclass gives a new Ingress that says nothing about its class the cluster's default one, where there is one: the newest
// of those marked so.
package ingressclass
