package clusterrole

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rules"
)

// Kind describes cluster roles.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      rbacv1.SchemeGroupVersion.WithKind("ClusterRole"),
		Resource: "clusterroles",
		Singular: "clusterrole",
		New:      func() kinds.Object { return &rbacv1.ClusterRole{} },
		NewList:  func() runtime.Object { return &rbacv1.ClusterRoleList{} },

		PrepareCreate: kinds.Do(prepareCreate),
		PrepareUpdate: kinds.DoWith(prepareUpdate),
		Name:          rules.PathSegment,
		Validate:      kinds.Ask(validate),

		AllowCreateOnUpdate:      true,
		AllowUnconditionalUpdate: true,

		Columns: columns(),
	}
}
