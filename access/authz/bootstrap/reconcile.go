package bootstrap

import (
	"maps"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/component-helpers/auth/rbac/validation"
)

// ClusterRole is what is to be written for a default role, of which the cluster has had; nil if nothing is.
func ClusterRole(want, had *rbacv1.ClusterRole) *rbacv1.ClusterRole {
	if kept(&had.ObjectMeta) {
		return nil
	}
	next := had.DeepCopy()
	changed := complete(&next.ObjectMeta, &want.ObjectMeta)
	if want.AggregationRule != nil {
		// The rules are the aggregation's.
		for _, s := range want.AggregationRule.ClusterRoleSelectors {
			if next.AggregationRule == nil {
				next.AggregationRule = &rbacv1.AggregationRule{}
			}
			if !hasSelector(next.AggregationRule.ClusterRoleSelectors, s) {
				next.AggregationRule.ClusterRoleSelectors = append(next.AggregationRule.ClusterRoleSelectors, s)
				changed = true
			}
		}
	} else if missing := lacking(had.Rules, want.Rules); len(missing) > 0 {
		next.Rules, changed = append(next.Rules, missing...), true
	}
	if !changed {
		return nil
	}
	return next
}

// Role is what is to be written for a default role in a namespace; nil if nothing is.
func Role(want, had *rbacv1.Role) *rbacv1.Role {
	if kept(&had.ObjectMeta) {
		return nil
	}
	next := had.DeepCopy()
	changed := complete(&next.ObjectMeta, &want.ObjectMeta)
	missing := lacking(had.Rules, want.Rules)
	if len(missing) == 0 && !changed {
		return nil
	}
	next.Rules = append(next.Rules, missing...)
	return next
}

// ClusterRoleBinding is what is to be written for a default binding; nil if nothing is. again tells that the role is another one, which a
// binding cannot change: it must be deleted and made anew.
func ClusterRoleBinding(want, had *rbacv1.ClusterRoleBinding) (next *rbacv1.ClusterRoleBinding, again bool) {
	if kept(&had.ObjectMeta) {
		return nil, false
	}
	if had.RoleRef != want.RoleRef {
		return want, true
	}
	next = had.DeepCopy()
	changed := complete(&next.ObjectMeta, &want.ObjectMeta)
	missing := absent(had.Subjects, want.Subjects)
	if len(missing) == 0 && !changed {
		return nil, false
	}
	next.Subjects = append(next.Subjects, missing...)
	return next, false
}

// RoleBinding is ClusterRoleBinding for one in a namespace.
func RoleBinding(want, had *rbacv1.RoleBinding) (next *rbacv1.RoleBinding, again bool) {
	if kept(&had.ObjectMeta) {
		return nil, false
	}
	if had.RoleRef != want.RoleRef {
		return want, true
	}
	next = had.DeepCopy()
	changed := complete(&next.ObjectMeta, &want.ObjectMeta)
	missing := absent(had.Subjects, want.Subjects)
	if len(missing) == 0 && !changed {
		return nil, false
	}
	next.Subjects = append(next.Subjects, missing...)
	return next, false
}

// kept tells that the cluster's people want the object as it is.
func kept(m *metav1.ObjectMeta) bool { return m.Annotations[autoupdate] == "false" }

// complete adds labels and annotations that are missing, and tells whether there were any. Others' values stay.
func complete(m, want *metav1.ObjectMeta) bool {
	labels, first := merged(m.Labels, want.Labels)
	annotations, second := merged(m.Annotations, want.Annotations)
	m.Labels, m.Annotations = labels, annotations
	return first || second
}

func merged(had, want map[string]string) (map[string]string, bool) {
	changed := false
	for key, value := range want {
		if _, ok := had[key]; ok {
			continue
		}
		if !changed {
			had = maps.Clone(had)
			if had == nil {
				had = map[string]string{}
			}
		}
		had[key], changed = value, true
	}
	return had, changed
}

// lacking are the rules, broken down, of which had does not allow all.
func lacking(had, want []rbacv1.PolicyRule) []rbacv1.PolicyRule {
	if same(had, want) {
		return nil // the usual case, and cheap to see
	}
	_, missing := validation.Covers(had, want)
	return missing
}

func absent(had, want []rbacv1.Subject) []rbacv1.Subject {
	var missing []rbacv1.Subject
	for _, s := range want {
		found := false
		for _, h := range had {
			found = found || h == s
		}
		if !found {
			missing = append(missing, s)
		}
	}
	return missing
}
