package role

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

// Kind describes roles.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        rbacv1.SchemeGroupVersion.WithKind("Role"),
		Resource:   "roles",
		Singular:   "role",
		Namespaced: true,
		New:        func() kinds.Object { return &rbacv1.Role{} },
		NewList:    func() runtime.Object { return &rbacv1.RoleList{} },

		PrepareCreate: kinds.Do(prepareCreate),
		PrepareUpdate: kinds.DoWith(prepareUpdate),
		Name:          rules.PathSegment,
		Validate:      kinds.Ask(validate),

		AllowCreateOnUpdate:      true,
		AllowUnconditionalUpdate: true,

		Columns: columns(),
	}
}
