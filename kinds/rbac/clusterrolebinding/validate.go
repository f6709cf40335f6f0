package clusterrolebinding

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rbac/policy"
)

func validate(b *rbacv1.ClusterRoleBinding) field.ErrorList {
	errs := policy.ValidateRef(&b.RoleRef, field.NewPath("roleRef"), "ClusterRole")
	return append(errs, policy.ValidateSubjects(b.Subjects, false, field.NewPath("subjects"))...)
}

func validateUpdate(b, old *rbacv1.ClusterRoleBinding) field.ErrorList {
	return append(validate(b), policy.ValidateKeptRef(&b.RoleRef, &old.RoleRef, field.NewPath("roleRef"))...)
}
