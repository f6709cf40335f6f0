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
	anonymous = &access.User{Name: access.Anonymous, Groups: []string{access.Unauthenticated}}
	node      = &access.User{Name: "system:node:node-1", Groups: []string{access.Nodes, access.Authenticated}}
)

func pods(verb, subresource, name string) Attributes {
	return Attributes{IsResource: true, Verb: verb, Version: "v1", Resource: "pods", Subresource: subresource, Namespace: "shop", Name: name}
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
