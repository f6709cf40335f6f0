package impersonate

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/access"
	"argosy.dev/access/authz"
)

// allowing allows what a list says, "VERB GROUP RESOURCE[/SUB] NAMESPACE NAME" with "-" for nothing.
func allowing(list ...string) Impersonator {
	dash := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	return Impersonator{By: authz.Func(func(_ context.Context, _ *access.User, a authz.Attributes) (authz.Decision, string, error) {
		resource := a.Resource
		if a.Subresource != "" {
			resource += "/" + a.Subresource
		}
		if slices.Contains(list, strings.Join([]string{a.Verb, dash(a.Group), dash(resource), dash(a.Namespace), dash(a.Name)}, " ")) {
			return authz.Allow, "", nil
		}
		return authz.NoOpinion, "", nil
	})}
}

func TestImpersonation(t *testing.T) {
	const group = "authentication.k8s.io"
	list := authz.Attributes{IsResource: true, Verb: "list", Version: "v1", Resource: "pods", Namespace: "shop"}
	me := &access.User{Name: "me", Groups: []string{access.Authenticated}}
	agent := &access.User{Name: "system:serviceaccount:kube-system:agent", Extra: map[string][]string{access.NodeNameKey: {"n1"}}}
	jane := http.Header{"Impersonate-User": {"jane"}}
	tests := []struct {
		name    string
		user    *access.User
		header  http.Header
		allowed []string
		want    *access.User
		refusal string
	}{
		{"nobody else", me, http.Header{}, nil, me, ""},
		{"not allowed", me, jane, nil, nil, `User "me" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "shop"`},
		{"the old way", me, jane, []string{"impersonate - users - jane"},
			&access.User{Name: "jane", Groups: []string{access.Authenticated}}, ""},
		{"the old way, another name", me, jane, []string{"impersonate - users - jim"}, nil, "impersonate-on:user-info:list"},
		{"every part is asked for", me, http.Header{"Impersonate-User": {"jane"}, "Impersonate-Group": {"devs"}}, []string{"impersonate - users - jane"}, nil, "impersonate-on"},
		{"all parts", me, http.Header{"Impersonate-User": {"jane"}, "Impersonate-Group": {"devs", "ops"}, "Impersonate-Uid": {"7"}, "Impersonate-Extra-Acme.com%2fproject": {"x"}},
			[]string{"impersonate - users - jane", "impersonate - groups - devs", "impersonate - groups - ops", "impersonate " + group + " uids - 7",
				"impersonate " + group + " userextras/acme.com/project - x"},
			&access.User{Name: "jane", UID: "7", Groups: []string{"devs", "ops", access.Authenticated}, Extra: map[string][]string{"acme.com/project": {"x"}}}, ""},
		{"constrained", me, jane, []string{"impersonate:user-info " + group + " users - jane", "impersonate-on:user-info:list - pods shop -"},
			&access.User{Name: "jane", Groups: []string{access.Authenticated}}, ""},
		{"constrained, another thing", me, jane, []string{"impersonate:user-info " + group + " users - jane", "impersonate-on:user-info:get - pods shop -"}, nil, "impersonate-on:user-info:list"},
		{"constrained, another user", me, jane, []string{"impersonate:user-info " + group + " users - jim", "impersonate-on:user-info:list - pods shop -"}, nil,
			`cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope`},
		{"constrained, with a group", me, http.Header{"Impersonate-User": {"jane"}, "Impersonate-Group": {access.Masters}},
			[]string{"impersonate:user-info " + group + " users - jane", "impersonate-on:user-info:list - pods shop -"}, nil, `resource "groups"`},
		{"service account", me, http.Header{"Impersonate-User": {"system:serviceaccount:shop:cart"}}, []string{"impersonate - serviceaccounts shop cart"},
			&access.User{Name: "system:serviceaccount:shop:cart", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", access.Authenticated}}, ""},
		{"service account, not as a user", me, http.Header{"Impersonate-User": {"system:serviceaccount:shop:cart"}}, []string{"impersonate - users - system:serviceaccount:shop:cart"}, nil, "serviceaccount:list"},
		{"service account, constrained", me, http.Header{"Impersonate-User": {"system:serviceaccount:shop:cart"}},
			[]string{"impersonate:serviceaccount " + group + " serviceaccounts shop cart", "impersonate-on:serviceaccount:list - pods shop -"},
			&access.User{Name: "system:serviceaccount:shop:cart", Groups: []string{"system:serviceaccounts", "system:serviceaccounts:shop", access.Authenticated}}, ""},
		{"service account, constrained, with more groups", me, http.Header{"Impersonate-User": {"system:serviceaccount:shop:cart"}, "Impersonate-Group": {access.Masters}},
			[]string{"impersonate:serviceaccount " + group + " serviceaccounts shop cart", "impersonate-on:serviceaccount:list - pods shop -"}, nil, `resource "groups"`},
		{"any node", me, http.Header{"Impersonate-User": {"system:node:n1"}, "Impersonate-Group": {access.Nodes}},
			[]string{"impersonate:arbitrary-node " + group + " nodes - n1", "impersonate-on:arbitrary-node:list - pods shop -"},
			&access.User{Name: "system:node:n1", Groups: []string{access.Nodes, access.Authenticated}}, ""},
		{"one's own node", agent, http.Header{"Impersonate-User": {"system:node:n1"}},
			[]string{"impersonate:associated-node " + group + " nodes - n1", "impersonate-on:associated-node:list - pods shop -"},
			&access.User{Name: "system:node:n1", Groups: []string{access.Authenticated}}, ""},
		{"another node than one's own", agent, http.Header{"Impersonate-User": {"system:node:n2"}},
			[]string{"impersonate:associated-node " + group + " nodes - n2", "impersonate-on:associated-node:list - pods shop -"}, nil, "arbitrary-node"},
		{"who is no service account has no node", &access.User{Name: "me", Extra: agent.Extra}, http.Header{"Impersonate-User": {"system:node:n1"}},
			[]string{"impersonate:associated-node " + group + " nodes - n1", "impersonate-on:associated-node:list - pods shop -"}, nil, "arbitrary-node"},
		{"anonymous", me, http.Header{"Impersonate-User": {access.Anonymous}}, []string{"impersonate - users - system:anonymous"},
			&access.User{Name: access.Anonymous, Groups: []string{access.Unauthenticated}}, ""},
		{"no name", me, http.Header{"Impersonate-Group": {"devs"}}, nil, nil,
			`requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"devs"}, Extra:map[string][]string(nil)} without impersonating a user name`},
		{"no name, a UID", me, http.Header{"Impersonate-Uid": {"x"}}, nil, nil, `Groups:[]string(nil)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := tt.header.Clone()
			h.Set("Accept", "x")
			got, err := allowing(tt.allowed...).User(t.Context(), tt.user, h, list)
			if tt.refusal != "" {
				if err == nil || got != nil && got != tt.user || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("got %v, %v", got, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(h) != 1 {
				t.Errorf("headers are left: %v", h)
			}
		})
	}
}
