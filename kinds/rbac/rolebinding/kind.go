package rolebinding

import (
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/kinds"
	"argosy.dev/kinds/rbac/policy"
	"argosy.dev/kinds/rules"
)

// Kind describes role bindings.
func Kind() *kinds.Kind {
	return &kinds.Kind{
		GVK:        rbacv1.SchemeGroupVersion.WithKind("RoleBinding"),
		Resource:   "rolebindings",
		Singular:   "rolebinding",
		Namespaced: true,
		New:        func() kinds.Object { return &rbacv1.RoleBinding{} },
		NewList:    func() runtime.Object { return &rbacv1.RoleBindingList{} },

		Default:        kinds.Do(setDefaults),
		Name:           rules.PathSegment,
		Validate:       kinds.Ask(validate),
		ValidateUpdate: kinds.AskWith(validateUpdate),

		AllowCreateOnUpdate:      true,
		AllowUnconditionalUpdate: true,

		Indexes: map[string]func(kinds.Object) []string{
			policy.BySubject: kinds.Ask(func(b *rbacv1.RoleBinding) []string { return policy.SubjectKeys(b.Namespace, b.Subjects) }),
		},
		Columns: columns(),
	}
}
