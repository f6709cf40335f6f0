package clusterrole

import rbacv1 "k8s.io/api/rbac/v1"

// The store's encoding does not tell an empty list from none, and none is what is shown.
func prepareCreate(r *rbacv1.ClusterRole) {
	if len(r.Rules) == 0 {
		r.Rules = nil
	}
}

func prepareUpdate(r, _ *rbacv1.ClusterRole) { prepareCreate(r) }
