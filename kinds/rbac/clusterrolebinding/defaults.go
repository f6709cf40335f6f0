package clusterrolebinding

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"argosy.dev/kinds/rbac/policy"
)

func setDefaults(b *rbacv1.ClusterRoleBinding) { policy.Default(&b.RoleRef, b.Subjects) }
