// Package clusterrole is the kind rbac.authorization.k8s.io/v1 ClusterRole.
package clusterrole
