package escalation

import (
	"context"
	"errors"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/base/identity"
	"argosy.dev/resource"
)

// Rights tells who has which.
type Rights interface {
	// Rules are all that a user has in the cluster and, unless it is "", in a namespace.
	Rules(user *identity.User, namespace string) ([]rbacv1.PolicyRule, error)
	// RulesOf are those of the role that a binding in the namespace refers to. Its error is an API error.
	RulesOf(ref rbacv1.RoleRef, namespace string) ([]rbacv1.PolicyRule, error)
	// May tells whether a user may do verb to a resource of the group rbac.authorization.k8s.io.
	May(ctx context.Context, user *identity.User, verb, resource, namespace, name string) bool
}

// Plugin is the rule.
type Plugin struct{ Rights Rights }

// superusers have every right, without any role.
const superusers = "system:masters"

// everything is what one needs to have in order to gather rules that others may write later.
var everything = []rbacv1.PolicyRule{
	{Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"}},
	{Verbs: []string{"*"}, NonResourceURLs: []string{"*"}},
}

// Validate refuses.
func (p Plugin) Validate(ctx context.Context, a *resource.Attempt) error {
	if a.Operation != resource.Create && a.Operation != resource.Update || a.Subresource != "" {
		return nil
	}
	switch obj := a.Object.(type) {
	case *rbacv1.Role:
		old, _ := a.Old.(*rbacv1.Role)
		if old != nil && equality.Semantic.DeepEqual(obj.Rules, old.Rules) {
			return nil
		}
		return p.role(ctx, a, "roles", obj.Rules)
	case *rbacv1.ClusterRole:
		old, _ := a.Old.(*rbacv1.ClusterRole)
		if old != nil && equality.Semantic.DeepEqual(obj.Rules, old.Rules) && equality.Semantic.DeepEqual(obj.AggregationRule, old.AggregationRule) {
			return nil
		}
		if obj.AggregationRule != nil {
			if err := p.role(ctx, a, "clusterroles", everything); err != nil {
				return a.Forbid(errors.New("must have cluster-admin privileges to use an aggregationRule"))
			}
		}
		return p.role(ctx, a, "clusterroles", obj.Rules)
	case *rbacv1.RoleBinding:
		old, _ := a.Old.(*rbacv1.RoleBinding)
		if old != nil && equality.Semantic.DeepEqual(obj.Subjects, old.Subjects) && obj.RoleRef == old.RoleRef {
			return nil
		}
		return p.binding(ctx, a, obj.RoleRef)
	case *rbacv1.ClusterRoleBinding:
		old, _ := a.Old.(*rbacv1.ClusterRoleBinding)
		if old != nil && equality.Semantic.DeepEqual(obj.Subjects, old.Subjects) && obj.RoleRef == old.RoleRef {
			return nil
		}
		return p.binding(ctx, a, obj.RoleRef)
	}
	return nil
}

func (p Plugin) role(ctx context.Context, a *resource.Attempt, resource string, rules []rbacv1.PolicyRule) error {
	user := identity.FromContext(ctx)
	switch {
	case user == nil:
		return a.Forbid(errors.New("nobody is known to have made this request"))
	case slices.Contains(user.Groups, superusers), p.Rights.May(ctx, user, "escalate", resource, a.Namespace, a.Name):
		return nil
	}
	return p.holds(a, user, rules)
}

func (p Plugin) binding(ctx context.Context, a *resource.Attempt, ref rbacv1.RoleRef) error {
	user := identity.FromContext(ctx)
	switch {
	case user == nil:
		return a.Forbid(errors.New("nobody is known to have made this request"))
	case slices.Contains(user.Groups, superusers):
		return nil
	}
	role, namespace := "clusterroles", a.Namespace
	if ref.Kind == "Role" {
		role = "roles"
	}
	if p.Rights.May(ctx, user, "bind", role, namespace, ref.Name) {
		return nil
	}
	rules, err := p.Rights.RulesOf(ref, a.Namespace)
	if err != nil {
		return err
	}
	return p.holds(a, user, rules)
}

// holds refuses rules that the user does not have itself.
func (p Plugin) holds(a *resource.Attempt, user *identity.User, rules []rbacv1.PolicyRule) error {
	held, unresolved := p.Rights.Rules(user, a.Namespace)
	if missing := lacking(held, rules); len(missing) > 0 {
		return a.Forbid(refusal(user, missing, unresolved))
	}
	return nil
}
