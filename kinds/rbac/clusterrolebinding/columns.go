package clusterrolebinding

import (
	rbacv1 "k8s.io/api/rbac/v1"
	rbacv1beta1 "k8s.io/api/rbac/v1beta1"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rbac/policy"
	"argosy.dev/kinds/table"
)

// The text about the role is that of the older version, as upstream has it.
func columns() []kinds.Column {
	subjects := func(name, kind string) kinds.Column {
		return kinds.Column{Name: name, Type: "string", Priority: 1, Description: name + " in the clusterRoleBinding", Value: table.Cell(func(b *rbacv1.ClusterRoleBinding) any {
			return policy.Names(b.Subjects, kind)
		})}
	}
	return []kinds.Column{
		table.Name(),
		{Name: "Role", Type: "string", Description: rbacv1beta1.ClusterRoleBinding{}.SwaggerDoc()["roleRef"], Value: table.Cell(func(b *rbacv1.ClusterRoleBinding) any {
			return b.RoleRef.Kind + "/" + b.RoleRef.Name
		})},
		table.Age(),
		subjects("Users", rbacv1.UserKind),
		subjects("Groups", rbacv1.GroupKind),
		subjects("ServiceAccounts", rbacv1.ServiceAccountKind),
	}
}
