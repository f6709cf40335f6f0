package rbac

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/access"
	"argosy.dev/kinds/rbac/policy"
)

// grant is a binding, for one user.
type grant struct {
	namespace, name string
	ref             rbacv1.RoleRef
	subject         *rbacv1.Subject
}

// String is what reasons call a grant.
func (g *grant) String() string {
	binding, to := fmt.Sprintf("ClusterRoleBinding %q", g.name), g.subject.Name
	if g.namespace != "" {
		binding = fmt.Sprintf("RoleBinding %q", g.name+"/"+g.namespace)
	}
	if g.subject.Kind == rbacv1.ServiceAccountKind {
		namespace := g.subject.Namespace
		if namespace == "" {
			namespace = g.namespace
		}
		to += "/" + namespace
	}
	return fmt.Sprintf("%s of %s %q to %s %q", binding, g.ref.Kind, g.ref.Name, g.subject.Kind, to)
}

// visit shows the rules of every role that the user is bound to, first those of the cluster and then those of the namespace, each by the
// bindings' names, until show returns false. It returns an error for each binding whose role is missing.
func (z Authorizer) visit(user *access.User, namespace string, show func(from *grant, rules []rbacv1.PolicyRule) bool) []error {
	var failed []error
	each := func(grants []grant) bool {
		sort(grants)
		for i := range grants {
			g := &grants[i]
			rules, err := z.RulesOf(g.ref, g.namespace)
			if err != nil {
				failed = append(failed, err)
				continue
			}
			if !show(g, rules) {
				return false
			}
		}
		return true
	}
	if each(z.clusterGrants(user)) && namespace != "" {
		each(z.grants(user, namespace))
	}
	return failed
}

func (z Authorizer) clusterGrants(user *access.User) []grant {
	var found []grant
	add := func(key string) {
		for _, b := range z.Reader.ClusterRoleBindings(key) {
			if s := subjectOf(user, "", b.Subjects); s != nil && !has(found, b.Name) {
				found = append(found, grant{name: b.Name, ref: b.RoleRef, subject: s})
			}
		}
	}
	add(policy.UserKey(user.Name))
	for _, g := range user.Groups {
		add(policy.GroupKey(g))
	}
	return found
}

func (z Authorizer) grants(user *access.User, namespace string) []grant {
	var found []grant
	add := func(key string) {
		for _, b := range z.Reader.RoleBindings(namespace, key) {
			if s := subjectOf(user, namespace, b.Subjects); s != nil && !has(found, b.Name) {
				found = append(found, grant{namespace: namespace, name: b.Name, ref: b.RoleRef, subject: s})
			}
		}
	}
	add(policy.UserKey(user.Name))
	for _, g := range user.Groups {
		add(policy.GroupKey(g))
	}
	return found
}

func has(grants []grant, name string) bool {
	return slices.ContainsFunc(grants, func(g grant) bool { return g.name == name })
}

func sort(grants []grant) {
	if len(grants) > 1 {
		slices.SortFunc(grants, func(a, b grant) int { return strings.Compare(a.name, b.name) })
	}
}

// subjectOf is the first of a binding's subjects that is the user or one of its groups.
func subjectOf(user *access.User, namespace string, subjects []rbacv1.Subject) *rbacv1.Subject {
	for i := range subjects {
		name, group, ok := policy.Subject(namespace, &subjects[i])
		if ok && (group == "" && name == user.Name || group != "" && slices.Contains(user.Groups, group)) {
			return &subjects[i]
		}
	}
	return nil
}

// notFound names a missing role in the singular, as upstream does here.
func notFound(ref rbacv1.RoleRef) error {
	return apierrors.NewNotFound(schema.GroupResource{Group: rbacv1.GroupName, Resource: strings.ToLower(ref.Kind)}, ref.Name)
}
