package rbac

import (
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/kinds/rbac/policy"
)

// memory is a Reader over plain lists.
type memory struct {
	roles           []*rbacv1.Role
	clusterRoles    []*rbacv1.ClusterRole
	bindings        []*rbacv1.RoleBinding
	clusterBindings []*rbacv1.ClusterRoleBinding
}

func (m *memory) Role(namespace, name string) (*rbacv1.Role, bool) {
	for _, r := range m.roles {
		if r.Namespace == namespace && r.Name == name {
			return r, true
		}
	}
	return nil, false
}

func (m *memory) ClusterRole(name string) (*rbacv1.ClusterRole, bool) {
	for _, r := range m.clusterRoles {
		if r.Name == name {
			return r, true
		}
	}
	return nil, false
}

func (m *memory) RoleBindings(namespace, subject string) []*rbacv1.RoleBinding {
	var found []*rbacv1.RoleBinding
	for _, b := range m.bindings {
		if b.Namespace == namespace && slices.Contains(policy.SubjectKeys(b.Namespace, b.Subjects), namespace+"/"+subject) {
			found = append(found, b)
		}
	}
	return found
}

func (m *memory) ClusterRoleBindings(subject string) []*rbacv1.ClusterRoleBinding {
	var found []*rbacv1.ClusterRoleBinding
	for _, b := range m.clusterBindings {
		if slices.Contains(policy.SubjectKeys("", b.Subjects), subject) {
			found = append(found, b)
		}
	}
	return found
}

func rule(verbs, groups, resources string, names ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Split(verbs, ","), APIGroups: strings.Split(groups, ","), Resources: strings.Split(resources, ","), ResourceNames: names}
}

func paths(verbs string, urls ...string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Split(verbs, ","), NonResourceURLs: urls}
}

func TestAllows(t *testing.T) {
	ask := func(verb, group, resource, sub, name string) authz.Attributes {
		return authz.Attributes{IsResource: true, Verb: verb, Group: group, Resource: resource, Subresource: sub, Name: name}
	}
	path := func(verb, path string) authz.Attributes { return authz.Attributes{Verb: verb, Path: path} }
	tests := []struct {
		name string
		rule rbacv1.PolicyRule
		a    authz.Attributes
		want bool
	}{
		{"exact", rule("get", "", "pods"), ask("get", "", "pods", "", "a"), true},
		{"another verb", rule("get", "", "pods"), ask("list", "", "pods", "", ""), false},
		{"all verbs", rule("*", "", "pods"), ask("impersonate", "", "pods", "", ""), true},
		{"another group", rule("get", "apps", "pods"), ask("get", "", "pods", "", ""), false},
		{"all groups", rule("get", "*", "pods"), ask("get", "apps", "pods", "", ""), true},
		{"all resources", rule("get", "", "*"), ask("get", "", "pods", "log", ""), true},
		{"a resource has not its subresources", rule("get", "", "pods"), ask("get", "", "pods", "log", ""), false},
		{"a subresource is not the resource", rule("get", "", "pods/log"), ask("get", "", "pods", "", ""), false},
		{"subresource", rule("get", "", "pods/log"), ask("get", "", "pods", "log", ""), true},
		{"that subresource of everything", rule("get", "*", "*/scale"), ask("get", "apps", "deployments", "scale", ""), true},
		{"another subresource of everything", rule("get", "*", "*/scale"), ask("get", "apps", "deployments", "status", ""), false},
		{"of everything, but no subresource", rule("get", "*", "*/"), ask("get", "apps", "deployments", "", ""), false},
		{"name", rule("get", "", "pods", "a", "b"), ask("get", "", "pods", "", "b"), true},
		{"another name", rule("get", "", "pods", "a", "b"), ask("get", "", "pods", "", "c"), false},
		{"no name, but some are allowed", rule("list", "", "pods", "a"), ask("list", "", "pods", "", ""), false},
		{"resources are not paths", rule("get", "*", "*"), path("get", "/metrics"), false},
		{"paths are not resources", paths("get", "*"), ask("get", "", "pods", "", ""), false},
		{"path", paths("get", "/metrics"), path("get", "/metrics"), true},
		{"below a path", paths("get", "/metrics"), path("get", "/metrics/slis"), false},
		{"all below", paths("get", "/metrics/*"), path("get", "/metrics/slis"), true},
		{"all below is not itself", paths("get", "/metrics/*"), path("get", "/metrics"), false},
		{"all paths", paths("*", "*"), path("post", "/x"), true},
		{"a star within is none", paths("get", "/a/*/b"), path("get", "/a/x/b"), false},
		{"nothing", rbacv1.PolicyRule{}, ask("get", "", "pods", "", ""), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Allows(&tt.rule, &tt.a); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func cluster() *memory {
	named := func(namespace, name string) metav1.ObjectMeta {
		return metav1.ObjectMeta{Namespace: namespace, Name: name}
	}
	role := rbacv1.RoleRef{Kind: "Role", Name: "reader"}
	view := rbacv1.RoleRef{Kind: "ClusterRole", Name: "view"}
	return &memory{
		roles:        []*rbacv1.Role{{ObjectMeta: named("shop", "reader"), Rules: []rbacv1.PolicyRule{rule("get", "", "configmaps")}}},
		clusterRoles: []*rbacv1.ClusterRole{{ObjectMeta: named("", "view"), Rules: []rbacv1.PolicyRule{rule("get", "", "pods"), paths("get", "/metrics")}}},
		bindings: []*rbacv1.RoleBinding{
			{ObjectMeta: named("shop", "jane"), RoleRef: role, Subjects: []rbacv1.Subject{
				{Kind: "User", Name: "jane"}, {Kind: "Group", Name: "devs"}, {Kind: "ServiceAccount", Name: "cart"}, {Kind: "ServiceAccount", Namespace: "other", Name: "cart"}}},
			{ObjectMeta: named("shop", "view"), RoleRef: view, Subjects: []rbacv1.Subject{{Kind: "User", Name: "jim"}}},
			{ObjectMeta: named("shop", "dangling"), RoleRef: rbacv1.RoleRef{Kind: "Role", Name: "absent"}, Subjects: []rbacv1.Subject{{Kind: "User", Name: "joe"}}},
		},
		clusterBindings: []*rbacv1.ClusterRoleBinding{
			{ObjectMeta: named("", "all"), RoleRef: view, Subjects: []rbacv1.Subject{{Kind: "Group", Name: "ops"}, {Kind: "ServiceAccount", Name: "no-namespace"}}},
			{ObjectMeta: named("", "dangling"), RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "absent"}, Subjects: []rbacv1.Subject{{Kind: "User", Name: "joe"}}},
			{ObjectMeta: named("", "wrong"), RoleRef: role, Subjects: []rbacv1.Subject{{Kind: "User", Name: "jack"}}},
		},
	}
}

func TestAuthorize(t *testing.T) {
	z := Authorizer{Reader: cluster()}
	in := func(namespace, resource string) authz.Attributes {
		return authz.Attributes{IsResource: true, Verb: "get", Resource: resource, Namespace: namespace, Name: "x"}
	}
	tests := []struct {
		user, group string
		a           authz.Attributes
		allowed     bool
		reason      string
	}{
		{"jane", "", in("shop", "configmaps"), true, `RBAC: allowed by RoleBinding "jane/shop" of Role "reader" to User "jane"`},
		{"jane", "", in("other", "configmaps"), false, ""},
		{"jane", "", in("", "configmaps"), false, ""},
		{"x", "devs", in("shop", "configmaps"), true, `RBAC: allowed by RoleBinding "jane/shop" of Role "reader" to Group "devs"`},
		// A user cannot be taken for a group of the same name, nor the other way around.
		{"devs", "", in("shop", "configmaps"), false, ""},
		{"x", "jane", in("shop", "configmaps"), false, ""},
		{"system:serviceaccount:shop:cart", "", in("shop", "configmaps"), true, `RBAC: allowed by RoleBinding "jane/shop" of Role "reader" to ServiceAccount "cart/shop"`},
		{"system:serviceaccount:other:cart", "", in("shop", "configmaps"), true, `RBAC: allowed by RoleBinding "jane/shop" of Role "reader" to ServiceAccount "cart/other"`},
		{"system:serviceaccount:third:cart", "", in("shop", "configmaps"), false, ""},
		{"jim", "", in("shop", "pods"), true, `RBAC: allowed by RoleBinding "view/shop" of ClusterRole "view" to User "jim"`},
		{"jim", "", in("other", "pods"), false, ""},
		// What is no resource is not in a namespace, so that role bindings do not give it.
		{"jim", "", authz.Attributes{Verb: "get", Path: "/metrics"}, false, ""},
		{"x", "ops", authz.Attributes{Verb: "get", Path: "/metrics"}, true, `RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to Group "ops"`},
		{"x", "ops", in("other", "pods"), true, `RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "view" to Group "ops"`},
		{"system:serviceaccount::no-namespace", "", in("other", "pods"), false, ""},
		{"joe", "", in("shop", "pods"), false, `RBAC: [clusterrole.rbac.authorization.k8s.io "absent" not found, role.rbac.authorization.k8s.io "absent" not found]`},
		{"joe", "", in("", "nodes"), false, `RBAC: clusterrole.rbac.authorization.k8s.io "absent" not found`},
		{"jack", "", in("", "configmaps"), false, `RBAC: role.rbac.authorization.k8s.io "reader" not found`},
		{"", "", in("shop", "configmaps"), false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.user+tt.group+tt.a.Namespace+tt.a.Resource+tt.a.Path, func(t *testing.T) {
			user := &access.User{Name: tt.user}
			if tt.group != "" {
				user.Groups = []string{tt.group}
			}
			d, reason, err := z.Authorize(t.Context(), user, tt.a)
			if err != nil || (d == authz.Allow) != tt.allowed || d == authz.Deny || reason != tt.reason {
				t.Errorf("got %v, %q, %v", d, reason, err)
			}
		})
	}
}

func TestRules(t *testing.T) {
	z := Authorizer{Reader: cluster()}
	rules, err := z.Rules(&access.User{Name: "jane", Groups: []string{"ops", "devs"}}, "shop")
	if err != nil || len(rules) != 3 || rules[0].Resources[0] != "pods" || rules[2].Resources[0] != "configmaps" {
		t.Errorf("got %v, %v, want those of the cluster, then those of the namespace, each once", rules, err)
	}
	if rules, err := z.Rules(&access.User{Name: "joe"}, "shop"); err == nil || len(rules) != 0 {
		t.Errorf("got %v, %v, want to be told what is missing", rules, err)
	}
}

func BenchmarkAuthorize(b *testing.B) {
	z := Authorizer{Reader: cluster()}
	user := &access.User{Name: "system:serviceaccount:shop:cart", Groups: append(access.ServiceAccountGroups("shop"), access.Authenticated)}
	a := authz.Attributes{IsResource: true, Verb: "get", Resource: "configmaps", Namespace: "shop", Name: "x"}
	for b.Loop() {
		if d, _, _ := z.Authorize(b.Context(), user, a); d != authz.Allow {
			b.Fatal(d)
		}
	}
}
