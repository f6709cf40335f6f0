package rbac

import (
	rbacv1 "k8s.io/api/rbac/v1"

	"argosy.dev/cache"
	"argosy.dev/kinds/rbac/policy"
	"argosy.dev/resource"
)

// View is the Reader of a cluster in this process: straight from the cache, the newest state. Pipeline may be set later, before the first
// decision.
type View struct{ Pipeline *resource.Pipeline }

var _ Reader = (*View)(nil)

var (
	roles               = rbacv1.SchemeGroupVersion.WithResource("roles")
	clusterRoles        = rbacv1.SchemeGroupVersion.WithResource("clusterroles")
	roleBindings        = rbacv1.SchemeGroupVersion.WithResource("rolebindings")
	clusterRoleBindings = rbacv1.SchemeGroupVersion.WithResource("clusterrolebindings")
)

// Role finds a role.
func (v *View) Role(namespace, name string) (*rbacv1.Role, bool) {
	r, ok := v.Pipeline.Lookup(roles)
	if !ok {
		return nil, false
	}
	return one[*rbacv1.Role](r.Table, namespace+"/"+name)
}

// ClusterRole finds a cluster role.
func (v *View) ClusterRole(name string) (*rbacv1.ClusterRole, bool) {
	r, ok := v.Pipeline.Lookup(clusterRoles)
	if !ok {
		return nil, false
	}
	return one[*rbacv1.ClusterRole](r.Table, name)
}

// RoleBindings finds a namespace's bindings by a subject.
func (v *View) RoleBindings(namespace, subject string) []*rbacv1.RoleBinding {
	r, ok := v.Pipeline.Lookup(roleBindings)
	if !ok {
		return nil
	}
	return many[*rbacv1.RoleBinding](r.Table, namespace+"/"+subject)
}

// ClusterRoleBindings finds the cluster's bindings by a subject.
func (v *View) ClusterRoleBindings(subject string) []*rbacv1.ClusterRoleBinding {
	r, ok := v.Pipeline.Lookup(clusterRoleBindings)
	if !ok {
		return nil
	}
	return many[*rbacv1.ClusterRoleBinding](r.Table, subject)
}

func one[T cache.Object](t *cache.Table, key string) (T, bool) {
	var none T
	e, ok := t.Get(key)
	if !ok {
		return none, false
	}
	obj, ok := e.Object.(T)
	return obj, ok
}

func many[T cache.Object](t *cache.Table, subject string) []T {
	entries := t.ByIndex(policy.BySubject, subject)
	if len(entries) == 0 {
		return nil
	}
	list := make([]T, 0, len(entries))
	for _, e := range entries {
		if obj, ok := e.Object.(T); ok {
			list = append(list, obj)
		}
	}
	return list
}
