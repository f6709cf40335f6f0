package bootstrap

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/access"
	"argosy.dev/access/authz"
	"argosy.dev/access/authz/rbac"
)

// defaultsOnly is a cluster with nothing but what it began with.
type defaultsOnly struct{}

func (defaultsOnly) Role(namespace, name string) (*rbacv1.Role, bool) {
	for _, r := range Roles() {
		if r.Namespace == namespace && r.Name == name {
			return r, true
		}
	}
	return nil, false
}

func (defaultsOnly) ClusterRole(name string) (*rbacv1.ClusterRole, bool) {
	for _, r := range ClusterRoles() {
		if r.Name == name {
			return r, true
		}
	}
	return nil, false
}

func (defaultsOnly) RoleBindings(namespace, _ string) []*rbacv1.RoleBinding {
	var list []*rbacv1.RoleBinding
	for _, b := range RoleBindings() {
		if b.Namespace == namespace {
			list = append(list, b)
		}
	}
	return list
}

func (defaultsOnly) ClusterRoleBindings(string) []*rbacv1.ClusterRoleBinding {
	return ClusterRoleBindings()
}

func TestEveryBindingHasItsRole(t *testing.T) {
	z := rbac.Authorizer{Reader: defaultsOnly{}}
	names := map[string]bool{}
	for _, b := range ClusterRoleBindings() {
		if _, err := z.RulesOf(b.RoleRef, ""); err != nil {
			t.Error(err)
		}
		if names[b.Name] {
			t.Errorf("the binding %s is there twice", b.Name)
		}
		names[b.Name] = true
	}
	for _, b := range RoleBindings() {
		if _, err := z.RulesOf(b.RoleRef, b.Namespace); err != nil {
			t.Error(err)
		}
	}
	for _, r := range ClusterRoles() {
		if r.Annotations[autoupdate] != "true" || r.Labels[bootstrapping] != defaults {
			t.Errorf("%s is not marked as a default", r.Name)
		}
		if len(r.Rules) == 0 && r.AggregationRule == nil {
			t.Errorf("%s allows nothing", r.Name)
		}
	}
}

// What a cluster allows from its first moment.
func TestWhoMayWhat(t *testing.T) {
	z := rbac.Authorizer{Reader: defaultsOnly{}}
	get := func(path string) authz.Attributes { return authz.Attributes{Verb: "get", Path: path} }
	on := func(verb, group, resource, sub, namespace, name string) authz.Attributes {
		return authz.Attributes{IsResource: true, Verb: verb, Group: group, Resource: resource, Subresource: sub, Namespace: namespace, Name: name}
	}
	anonymous := &access.User{Name: access.Anonymous, Groups: []string{access.Unauthenticated}}
	jane := &access.User{Name: "jane", Groups: []string{access.Authenticated}}
	cart := &access.User{Name: "system:serviceaccount:shop:cart", Groups: append(access.ServiceAccountGroups("shop"), access.Authenticated)}
	node := &access.User{Name: access.NodeUser("n"), Groups: []string{access.Nodes, access.Authenticated}}
	scheduler := &access.User{Name: access.Scheduler, Groups: []string{access.Authenticated}}
	tests := []struct {
		user *access.User
		a    authz.Attributes
		want bool
	}{
		{anonymous, get("/healthz"), true}, {anonymous, get("/livez"), true}, {anonymous, get("/readyz"), true}, {anonymous, get("/version"), true},
		{anonymous, get("/readyz/store"), false}, {anonymous, get("/healthzz"), false}, {anonymous, get("/"), false}, {anonymous, get("/api"), false},
		{anonymous, get("/openapi/v3"), false}, {anonymous, get("/metrics"), false}, {anonymous, get("/openid/v1/jwks"), false},
		{anonymous, on("create", "authentication.k8s.io", "selfsubjectreviews", "", "", ""), false},
		{jane, get("/api"), true}, {jane, get("/apis/apps/v1"), true}, {jane, get("/openapi/v3/api/v1"), true}, {jane, get("/metrics"), false},
		{jane, get("/openid/v1/jwks"), false},
		{jane, on("create", "authentication.k8s.io", "selfsubjectreviews", "", "", ""), true},
		{jane, on("create", "authorization.k8s.io", "selfsubjectrulesreviews", "", "", ""), true},
		{jane, on("create", "authorization.k8s.io", "subjectaccessreviews", "", "", ""), false},
		{jane, on("list", "", "namespaces", "", "", ""), false},
		{cart, get("/openid/v1/jwks"), true}, {cart, get("/.well-known/openid-configuration"), true},
		{cart, on("get", "", "secrets", "", "shop", "x"), false},
		{node, on("get", "", "secrets", "", "shop", "x"), false}, {node, on("list", "", "services", "", "", ""), false},
		{scheduler, on("create", "", "pods", "binding", "shop", "x"), true}, {scheduler, on("get", "", "secrets", "", "shop", "x"), false},
		{scheduler, on("update", "coordination.k8s.io", "leases", "", "kube-system", "kube-scheduler"), true},
		{scheduler, on("update", "coordination.k8s.io", "leases", "", "kube-system", "other"), false},
	}
	for _, tt := range tests {
		d, reason, err := z.Authorize(t.Context(), tt.user, tt.a)
		if err != nil || (d == authz.Allow) != tt.want {
			t.Errorf("%s %s %s%s: %v (%s), %v", tt.user.Name, tt.a.Verb, tt.a.Resource, tt.a.Path, d, reason, err)
		}
	}
}

func TestReconcileRoles(t *testing.T) {
	want := clusterRole("r", on("get,list", "pods"), on("get", "nodes"))
	tests := []struct {
		name string
		edit func(*rbacv1.ClusterRole)
		rows int // rules afterwards; 0: nothing is written
	}{
		{"as it shall be", func(*rbacv1.ClusterRole) {}, 0},
		{"a rule is gone", func(r *rbacv1.ClusterRole) { r.Rules = r.Rules[:1] }, 2},
		{"a verb is gone", func(r *rbacv1.ClusterRole) { r.Rules[0].Verbs = []string{"get"} }, 3},
		{"a rule beside", func(r *rbacv1.ClusterRole) { r.Rules = append(r.Rules, on("get", "secrets")) }, 0},
		{"a wider rule", func(r *rbacv1.ClusterRole) { r.Rules = []rbacv1.PolicyRule{in("*", "*", "*")} }, 0},
		{"the label is gone", func(r *rbacv1.ClusterRole) { r.Labels = nil }, 2},
		{"a label beside", func(r *rbacv1.ClusterRole) { r.Labels["mine"] = "x" }, 0},
		{"kept as it is", func(r *rbacv1.ClusterRole) { r.Annotations[autoupdate] = "false"; r.Rules = nil }, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			had := want.DeepCopy()
			tt.edit(had)
			before := had.DeepCopy()
			next := ClusterRole(want, had)
			if (next != nil) != (tt.rows > 0) || next != nil && len(next.Rules) != tt.rows {
				t.Fatalf("got %v", next)
			}
			if before.String() != had.String() {
				t.Error("what is there was changed")
			}
			if next != nil && ClusterRole(want, next) != nil {
				t.Error("not content with its own work")
			}
		})
	}
	admin := gathering("admin", "")
	had := admin.DeepCopy()
	had.Rules = []rbacv1.PolicyRule{on("get", "pods")} // the aggregation's doing
	if ClusterRole(admin, had) != nil {
		t.Error("gathered rules were touched")
	}
	had.AggregationRule = nil
	if next := ClusterRole(admin, had); next == nil || next.AggregationRule == nil {
		t.Error("the aggregation did not come back")
	}
}

func TestReconcileBindings(t *testing.T) {
	want := clusterBinding("r", group("a"), user("b"))
	had := want.DeepCopy()
	if next, again := ClusterRoleBinding(want, had); next != nil || again {
		t.Errorf("got %v, %v", next, again)
	}
	had.Subjects = []rbacv1.Subject{user("mine"), user("b")}
	if next, again := ClusterRoleBinding(want, had); again || next == nil || len(next.Subjects) != 3 {
		t.Errorf("got %v, %v, want the missing subject beside the others", next, again)
	}
	had.RoleRef.Name = "other"
	if next, again := ClusterRoleBinding(want, had); !again || next == nil || next.RoleRef.Name != "r" {
		t.Errorf("got %v, %v, want it made anew", next, again)
	}
	metav1.SetMetaDataAnnotation(&had.ObjectMeta, autoupdate, "false")
	if next, again := ClusterRoleBinding(want, had); next != nil || again {
		t.Errorf("got %v, %v, want it left alone", next, again)
	}
}

// Every role of a controller is bound to its service account.
func TestControllersHaveTheirRoles(t *testing.T) {
	z := rbac.Authorizer{Reader: defaultsOnly{}}
	for _, r := range ClusterRoles() {
		name, ok := strings.CutPrefix(r.Name, controllerPrefix)
		if !ok {
			continue
		}
		rules, err := z.Rules(&access.User{Name: "system:serviceaccount:kube-system:" + name}, "")
		if err != nil || !same(rules, r.Rules) {
			t.Errorf("%s has %v, %v", name, rules, err)
		}
	}
}
