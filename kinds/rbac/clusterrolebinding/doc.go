// Package clusterrolebinding is the kind rbac.authorization.k8s.io/v1 ClusterRoleBinding.
package clusterrolebinding
