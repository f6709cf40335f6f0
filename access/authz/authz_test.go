package authz

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/access"
)

var (
	admin     = &access.User{Name: "argosy-admin", Groups: []string{access.Masters, access.Authenticated}}
	anonymous = &access.User{Name: access.Anonymous, Groups: []string{access.Unauthenticated}}
	account   = &access.User{Name: "system:serviceaccount:shop:cart", Groups: append(access.ServiceAccountGroups("shop"), access.Authenticated)}
	scheduler = &access.User{Name: access.Scheduler, Groups: []string{access.Authenticated}}
	node      = &access.User{Name: "system:node:node-1", Groups: []string{access.Nodes, access.Authenticated}}
)

func path(verb, path string) Attributes { return Attributes{Verb: verb, Path: path} }

func pods(verb, subresource, name string) Attributes {
	return Attributes{IsResource: true, Verb: verb, Version: "v1", Resource: "pods", Subresource: subresource, Namespace: "shop", Name: name}
}

func TestWhoMayWhat(t *testing.T) {
	all := New(
		Grant{Users: []string{access.Scheduler}, Rules: []Rule{
			{Verbs: []string{"get", "list", "watch"}, Groups: []string{""}, Resources: []string{"pods", "nodes"}},
			{Verbs: []string{"create"}, Groups: []string{""}, Resources: []string{"pods/binding"}},
			{Verbs: []string{"update"}, Groups: []string{"coordination.k8s.io"}, Resources: []string{"leases"},
				Names: []string{"kube-scheduler"}, Namespaces: []string{"kube-system"}},
		}},
		Grant{Groups: []string{access.Nodes}, Rules: []Rule{
			{Verbs: []string{"*"}, Groups: []string{"*"}, Resources: []string{"*/status"}},
			{Verbs: []string{"get"}, Groups: []string{""}, Resources: []string{"*"}},
		}},
	)
	lease := func(verb, namespace, name string) Attributes {
		return Attributes{IsResource: true, Verb: verb, Group: "coordination.k8s.io", Resource: "leases", Namespace: namespace, Name: name}
	}
	tests := []struct {
		user *access.User
		a    Attributes
		want bool
	}{
		{admin, pods("delete", "", "a"), true},
		{admin, path("post", "/anything"), true},

		{anonymous, path("get", "/healthz"), true},
		{anonymous, path("get", "/livez"), true},
		{anonymous, path("get", "/readyz"), true},
		{anonymous, path("get", "/version"), true},
		{anonymous, path("post", "/healthz"), false},
		{anonymous, path("get", "/readyz/store"), false},
		{anonymous, path("get", "/healthzz"), false},
		{anonymous, path("get", "/"), false},
		{anonymous, path("get", "/api"), false},
		{anonymous, path("get", "/openapi/v3"), false},
		{anonymous, path("get", "/metrics"), false},
		{anonymous, path("get", "/openid/v1/jwks"), false},
		{anonymous, pods("list", "", ""), false},

		{account, path("get", "/version"), true},
		{account, path("get", "/api"), true},
		{account, path("get", "/apis/apps/v1"), true},
		{account, path("get", "/openapi/v3/api/v1"), true},
		{account, path("get", "/openid/v1/jwks"), true},
		{account, path("get", "/.well-known/openid-configuration"), true},
		{account, path("get", "/metrics"), false},
		{account, path("get", "/apisx"), false},
		{account, pods("get", "", "a"), false},
		// The path of a resource request must not open what the resource does not.
		{account, Attributes{IsResource: true, Verb: "get", Resource: "pods", Path: "/api/v1/pods"}, false},
		{node, path("get", "/openid/v1/jwks"), false},

		{scheduler, pods("list", "", ""), true},
		{scheduler, pods("get", "", "a"), true},
		{scheduler, pods("get", "log", "a"), false},
		{scheduler, pods("create", "binding", "a"), true},
		{scheduler, pods("create", "", ""), false},
		{scheduler, Attributes{IsResource: true, Verb: "list", Group: "metrics.k8s.io", Resource: "pods"}, false},
		{scheduler, lease("update", "kube-system", "kube-scheduler"), true},
		{scheduler, lease("update", "kube-system", "other"), false},
		{scheduler, lease("update", "shop", "kube-scheduler"), false},
		{scheduler, lease("update", "", "kube-scheduler"), false},
		{scheduler, lease("update", "kube-system", ""), false},

		{node, pods("patch", "status", "a"), true},
		{node, pods("get", "log", "a"), true},
		{node, pods("patch", "", "a"), false},
		{node, Attributes{IsResource: true, Verb: "update", Group: "apps", Resource: "deployments", Subresource: "status"}, true},
		{&access.User{Name: "nobody"}, path("get", "/healthz"), false},
	}
	for _, tt := range tests {
		want := NoOpinion
		if tt.want {
			want = Allow
		}
		if got, _, err := all.Authorize(context.Background(), tt.user, tt.a); got != want || err != nil {
			t.Errorf("%s, %+v: %v, %v; want %v", tt.user.Name, tt.a, got, err, want)
		}
	}
}

func TestUnion(t *testing.T) {
	says := func(d Decision, reason string, err error) Authorizer {
		return Func(func(context.Context, *access.User, Attributes) (Decision, string, error) { return d, reason, err })
	}
	broken := errors.New("broken")
	never := Func(func(context.Context, *access.User, Attributes) (Decision, string, error) {
		t.Error("asked after the decision")
		return Deny, "", nil
	})
	tests := []struct {
		name   string
		union  Union
		want   Decision
		reason string
		err    bool
	}{
		{"nobody", nil, NoOpinion, "", false},
		{"first allows", Union{says(Allow, "a", nil), never}, Allow, "a", false},
		{"denial before allowance", Union{says(NoOpinion, "x", nil), says(Deny, "b", nil), never}, Deny, "b", false},
		{"none", Union{says(NoOpinion, "x", nil), says(NoOpinion, "", broken), says(NoOpinion, "y", nil)}, NoOpinion, "x\ny", true},
		{"allowed after an error", Union{says(NoOpinion, "", broken), says(Allow, "", nil)}, Allow, "", false},
	}
	for _, tt := range tests {
		got, reason, err := tt.union.Authorize(context.Background(), anonymous, Attributes{})
		if got != tt.want || reason != tt.reason || (err != nil) != tt.err {
			t.Errorf("%s: %v, %q, %v", tt.name, got, reason, err)
		}
	}
}

func TestCheck(t *testing.T) {
	jane := &access.User{Name: "jane"}
	tests := []struct {
		decision Decision
		err      error
		code     int32
	}{
		{Allow, nil, 0}, {Allow, errors.New("elsewhere"), 0}, {Deny, nil, 403}, {NoOpinion, nil, 403}, {Deny, errors.New("x"), 403}, {NoOpinion, errors.New("x"), 500},
	}
	for _, tt := range tests {
		by := Func(func(context.Context, *access.User, Attributes) (Decision, string, error) {
			return tt.decision, "", tt.err
		})
		err := Check(context.Background(), by, jane, pods("get", "", "a"))
		var status apierrors.APIStatus
		code := int32(0)
		if errors.As(err, &status) {
			code = status.Status().Code
		}
		if code != tt.code || (err == nil) != (tt.code == 0) {
			t.Errorf("%v, %v: %v", tt.decision, tt.err, err)
		}
	}
}

// The messages are those that an upstream API server gives.
func TestForbidden(t *testing.T) {
	jane := &access.User{Name: "jane"}
	tests := []struct {
		user   *access.User
		a      Attributes
		reason string
		want   string
	}{
		{jane, Attributes{IsResource: true, Verb: "create", Resource: "configmaps", Namespace: "shop"}, "",
			`{"metadata":{},"status":"Failure","message":"configmaps is forbidden: User \"jane\" cannot create resource \"configmaps\" in API group \"\" in the namespace \"shop\"","reason":"Forbidden","details":{"kind":"configmaps"},"code":403}`},
		{anonymous, Attributes{IsResource: true, Verb: "delete", Resource: "configmaps", Namespace: "shop", Name: "a"}, "",
			`{"metadata":{},"status":"Failure","message":"configmaps \"a\" is forbidden: User \"system:anonymous\" cannot delete resource \"configmaps\" in API group \"\" in the namespace \"shop\"","reason":"Forbidden","details":{"name":"a","kind":"configmaps"},"code":403}`},
		{anonymous, Attributes{IsResource: true, Verb: "list", Resource: "nodes"}, "",
			`{"metadata":{},"status":"Failure","message":"nodes is forbidden: User \"system:anonymous\" cannot list resource \"nodes\" in API group \"\" at the cluster scope","reason":"Forbidden","details":{"kind":"nodes"},"code":403}`},
		{jane, Attributes{IsResource: true, Verb: "update", Group: "apps", Resource: "deployments", Subresource: "scale", Namespace: "shop", Name: "web"}, "",
			`{"metadata":{},"status":"Failure","message":"deployments.apps \"web\" is forbidden: User \"jane\" cannot update resource \"deployments/scale\" in API group \"apps\" in the namespace \"shop\"","reason":"Forbidden","details":{"name":"web","group":"apps","kind":"deployments"},"code":403}`},
		{anonymous, Attributes{Verb: "get", Path: "/metrics"}, "",
			`{"metadata":{},"status":"Failure","message":"forbidden: User \"system:anonymous\" cannot get path \"/metrics\"","reason":"Forbidden","details":{},"code":403}`},
		{node, Attributes{IsResource: true, Verb: "list", Resource: "configmaps", Namespace: "shop"}, "No Object name found",
			`{"metadata":{},"status":"Failure","message":"configmaps is forbidden: User \"system:node:node-1\" cannot list resource \"configmaps\" in API group \"\" in the namespace \"shop\": No Object name found","reason":"Forbidden","details":{"kind":"configmaps"},"code":403}`},
	}
	for _, tt := range tests {
		status := Forbidden(tt.user, tt.a, tt.reason).Status()
		got, err := json.Marshal(status)
		if err != nil || string(got) != tt.want {
			t.Errorf("got  %s\nwant %s (%v)", got, tt.want, err)
		}
	}
}

func BenchmarkAuthorize(b *testing.B) {
	all := New(Grant{Users: []string{access.Scheduler}, Rules: []Rule{{Verbs: []string{"get"}, Groups: []string{""}, Resources: []string{"pods"}}}})
	ctx := context.Background()
	for _, user := range []*access.User{admin, scheduler, account} {
		b.Run(user.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := all.Authorize(ctx, user, pods("get", "", "a")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
