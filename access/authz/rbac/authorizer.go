package rbac

import (
	"context"
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"argosy.dev/access"
	"argosy.dev/access/authz"
)

// Reader finds roles and bindings. What it returns must not be changed.
type Reader interface {
	Role(namespace, name string) (*rbacv1.Role, bool)
	ClusterRole(name string) (*rbacv1.ClusterRole, bool)
	// RoleBindings and ClusterRoleBindings are those for a subject, a key of kinds/rbac/policy, in any order.
	RoleBindings(namespace, subject string) []*rbacv1.RoleBinding
	ClusterRoleBindings(subject string) []*rbacv1.ClusterRoleBinding
}

// Authorizer decides by roles.
type Authorizer struct{ Reader Reader }

var _ authz.Authorizer = Authorizer{}

// Authorize allows what a role allows that the user or one of its groups is bound to.
func (z Authorizer) Authorize(_ context.Context, user *access.User, a authz.Attributes) (authz.Decision, string, error) {
	reason := ""
	failed := z.visit(user, a.Namespace, func(from *grant, rules []rbacv1.PolicyRule) bool {
		for i := range rules {
			if Allows(&rules[i], &a) {
				reason = "RBAC: allowed by " + from.String()
				return false
			}
		}
		return true
	})
	switch {
	case reason != "":
		return authz.Allow, reason, nil
	case len(failed) > 0:
		return authz.NoOpinion, fmt.Sprintf("RBAC: %v", utilerrors.NewAggregate(failed)), nil
	}
	return authz.NoOpinion, "", nil
}

// Rules are all that a user has: in the whole cluster, and in a namespace besides, "" for none. With an error, which tells what roles are
// missing, they are those that were found.
func (z Authorizer) Rules(user *access.User, namespace string) ([]rbacv1.PolicyRule, error) {
	var all []rbacv1.PolicyRule
	failed := z.visit(user, namespace, func(_ *grant, rules []rbacv1.PolicyRule) bool {
		all = append(all, rules...)
		return true
	})
	return all, utilerrors.NewAggregate(failed)
}

// RulesOf are the rules of the role that a binding refers to.
func (z Authorizer) RulesOf(ref rbacv1.RoleRef, namespace string) ([]rbacv1.PolicyRule, error) {
	switch ref.Kind {
	case "Role":
		if role, ok := z.Reader.Role(namespace, ref.Name); ok {
			return role.Rules, nil
		}
	case "ClusterRole":
		if role, ok := z.Reader.ClusterRole(ref.Name); ok {
			return role.Rules, nil
		}
	default:
		return nil, fmt.Errorf("unsupported role reference kind: %q", ref.Kind)
	}
	return nil, notFound(ref)
}
