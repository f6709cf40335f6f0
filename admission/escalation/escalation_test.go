package escalation

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/base/identity"
	"argosy.dev/kinds"
	"argosy.dev/kinds/rbac/clusterrole"
	"argosy.dev/kinds/rbac/clusterrolebinding"
	"argosy.dev/kinds/rbac/role"
	"argosy.dev/kinds/rbac/rolebinding"
	"argosy.dev/resource"
)

// rights: everybody has get on pods in shop; jim may escalate and bind besides.
type rights struct{}

func rule(verbs, resource string) rbacv1.PolicyRule {
	return rbacv1.PolicyRule{Verbs: strings.Split(verbs, ","), APIGroups: []string{""}, Resources: []string{resource}}
}

func (rights) Rules(_ *identity.User, namespace string) ([]rbacv1.PolicyRule, error) {
	if namespace != "shop" {
		return nil, errors.New("x not found")
	}
	return []rbacv1.PolicyRule{rule("get,list", "pods")}, nil
}

func (rights) RulesOf(ref rbacv1.RoleRef, _ string) ([]rbacv1.PolicyRule, error) {
	switch ref.Name {
	case "pods":
		return []rbacv1.PolicyRule{rule("get", "pods")}, nil
	case "all":
		return everything, nil
	}
	return nil, apierrors.NewNotFound(rbacv1.Resource("role"), ref.Name)
}

func (rights) May(_ context.Context, user *identity.User, verb, resource, namespace, name string) bool {
	return user.Name == "jim" && slices.Contains([]string{"escalate roles shop r", "escalate clusterroles  r", "bind clusterroles shop all"}, verb+" "+resource+" "+namespace+" "+name)
}

func TestEscalation(t *testing.T) {
	meta := metav1.ObjectMeta{Name: "r", Namespace: "shop"}
	roleOf := func(rules ...rbacv1.PolicyRule) *rbacv1.Role { return &rbacv1.Role{ObjectMeta: meta, Rules: rules} }
	binding := func(kind, name string) *rbacv1.RoleBinding {
		return &rbacv1.RoleBinding{ObjectMeta: meta, RoleRef: rbacv1.RoleRef{Kind: kind, Name: name}}
	}
	gathering := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "r"}, AggregationRule: &rbacv1.AggregationRule{}}
	const beyond = "is attempting to grant RBAC permissions not currently held:\n"
	tests := []struct {
		name, user string
		obj, old   kinds.Object
		refusal    string
	}{
		{"within", "jane", roleOf(rule("get", "pods")), nil, ""},
		{"nothing", "jane", roleOf(), nil, ""},
		{"beyond", "jane", roleOf(rule("get", "pods"), rule("get,list", "secrets")), nil,
			`roles.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["g"]) ` + beyond + `{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}`},
		{"names", "jane", roleOf(rbacv1.PolicyRule{Verbs: []string{"get"}, APIGroups: []string{"a", ""}, Resources: []string{"x"}, ResourceNames: []string{"n"}}), nil,
			beyond + "{APIGroups:[\"\"], Resources:[\"x\"], ResourceNames:[\"n\"], Verbs:[\"get\"]}\n{APIGroups:[\"a\"], Resources:[\"x\"], ResourceNames:[\"n\"], Verbs:[\"get\"]}"},
		{"may escalate", "jim", roleOf(rule("get", "secrets")), nil, ""},
		{"superuser", "root", roleOf(rule("get", "secrets")), nil, ""},
		{"nobody", "", roleOf(), nil, "nobody"},
		{"the same rules", "jane", roleOf(rule("get", "secrets")), roleOf(rule("get", "secrets")), ""},
		{"other rules", "jane", roleOf(rule("get", "secrets")), roleOf(rule("get", "pods")), beyond},
		{"cluster role, where roles of the namespace do not count", "jane", &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: "r"}, Rules: []rbacv1.PolicyRule{rule("get", "pods")}}, nil,
			`{APIGroups:[""], Resources:["pods"], Verbs:["get"]}; resolution errors: x not found`},
		{"aggregation", "jane", gathering, nil, `clusterroles.rbac.authorization.k8s.io "r" is forbidden: must have cluster-admin privileges to use an aggregationRule`},
		{"aggregation by who may", "jim", gathering, nil, ""},
		{"bind within", "jane", binding("Role", "pods"), nil, ""},
		{"bind beyond", "jane", binding("ClusterRole", "all"), nil,
			`rolebindings.rbac.authorization.k8s.io "r" is forbidden: user "jane" (groups=["g"]) ` + beyond + "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"*\"]}\n{NonResourceURLs:[\"*\"], Verbs:[\"*\"]}"},
		{"may bind", "jim", binding("ClusterRole", "all"), nil, ""},
		{"may bind another", "jim", binding("Role", "all"), nil, beyond},
		{"bind what is not there", "jane", binding("Role", "absent"), nil, `role.rbac.authorization.k8s.io "absent" not found`},
		{"superuser binds", "root", binding("Role", "absent"), nil, ""},
		{"bind the same", "jane", binding("ClusterRole", "all"), binding("ClusterRole", "all"), ""},
		{"in the whole cluster", "jane", &rbacv1.ClusterRoleBinding{ObjectMeta: metav1.ObjectMeta{Name: "r"}, RoleRef: rbacv1.RoleRef{Kind: "ClusterRole", Name: "pods"}}, nil, beyond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kind := role.Kind()
			switch tt.obj.(type) {
			case *rbacv1.ClusterRole:
				kind = clusterrole.Kind()
			case *rbacv1.RoleBinding:
				kind = rolebinding.Kind()
			case *rbacv1.ClusterRoleBinding:
				kind = clusterrolebinding.Kind()
			}
			a := &resource.Attempt{Operation: resource.Create, Object: tt.obj,
				Target: resource.Target{Resource: &resource.Resource{Kind: kind}, Name: "r", Namespace: tt.obj.GetNamespace()}}
			if tt.old != nil {
				a.Operation, a.Old = resource.Update, tt.old
			}
			ctx := t.Context()
			if tt.user != "" {
				user := &identity.User{Name: tt.user, Groups: []string{"g"}}
				if tt.user == "root" {
					user.Groups = []string{superusers}
				}
				ctx = identity.NewContext(ctx, user)
			}
			err := Plugin{Rights: rights{}}.Validate(ctx, a)
			if (err == nil) != (tt.refusal == "") || err != nil && !strings.Contains(err.Error(), tt.refusal) {
				t.Errorf("got %v", err)
			}
		})
	}
}
