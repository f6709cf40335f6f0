// Package rolebinding is the kind rbac.authorization.k8s.io/v1 RoleBinding.
package rolebinding
