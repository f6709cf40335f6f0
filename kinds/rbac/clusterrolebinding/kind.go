package clusterrolebinding

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rbac/policy"
	"argosy.dev/kinds/rules"
)

// Kind describes cluster role bindings.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:      rbacv1.SchemeGroupVersion.WithKind("ClusterRoleBinding"),
		Resource: "clusterrolebindings",
		Singular: "clusterrolebinding",
		New:      func() kinds.Object { return &rbacv1.ClusterRoleBinding{} },
		NewList:  func() runtime.Object { return &rbacv1.ClusterRoleBindingList{} },

		Default:        kinds.Do(setDefaults),
		Name:           rules.PathSegment,
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowCreateOnUpdate:      true,
		AllowUnconditionalUpdate: true,

		Indexes: map[string]func(kinds.Object) []string{
			policy.BySubject: kinds.Ask(func(b *rbacv1.ClusterRoleBinding) []string { return policy.SubjectKeys("", b.Subjects) }),
		},
		Columns: columns(),
	}
}
