package fairness

import "testing"

func TestClassify(t *testing.T) {
	everything := []Resources{{Verbs: []string{"*"}, Groups: []string{"*"}, Names: []string{"*"}, Namespaces: []string{"*"}, Cluster: true}}
	g := New(0)
	g.Configure(Config{Seats: 10, Levels: []Level{{Name: "l", Shares: 1}}, Schemas: []Schema{
		{Name: "all", Level: "l", Precedence: 10000, Rules: []Rule{{Subjects: []Subject{{Group: "*"}}, Resources: everything, Paths: []Paths{{Verbs: []string{"*"}, Paths: []string{"*"}}}}}},
		{Name: "dangling", Level: "none", Precedence: 1, Rules: []Rule{{Subjects: []Subject{{Group: "*"}}, Resources: everything}}},
		{Name: "masters", Level: "l", Precedence: 2, Rules: []Rule{{Subjects: []Subject{{Group: "masters"}}, Resources: everything}}},
		{Name: "b-leases", Level: "l", Precedence: 5, Rules: []Rule{{Subjects: []Subject{{User: "c"}, {User: "sa:kube-system:*"}},
			Resources: []Resources{{Verbs: []string{"get"}, Groups: []string{"coordination"}, Names: []string{"leases", "leases/x"}, Namespaces: []string{"*"}}}}}},
		{Name: "a-leases", Level: "l", Precedence: 5, Rules: []Rule{{Subjects: []Subject{{User: "c"}},
			Resources: []Resources{{Verbs: []string{"get"}, Groups: []string{"coordination"}, Names: []string{"leases"}, Namespaces: []string{"one"}, Cluster: true}}}}},
		{Name: "probes", Level: "l", Precedence: 4, Rules: []Rule{{Subjects: []Subject{{User: "*"}}, Paths: []Paths{{Verbs: []string{"get"}, Paths: []string{"/healthz", "/livez/*"}}}}}},
	}})
	lease := func(user, verb, namespace, sub string) Request {
		return Request{User: user, Verb: verb, Group: "coordination", Resource: "leases", Subresource: sub, Namespace: namespace}
	}
	for _, test := range []struct {
		q    Request
		want string
	}{
		{Request{User: "a", Groups: []string{"x", "masters"}, Verb: "list", Resource: "pods"}, "masters"},
		{lease("c", "get", "one", ""), "a-leases"},
		{lease("c", "get", "", ""), "a-leases"},
		{lease("c", "get", "two", ""), "b-leases"},
		{lease("c", "get", "two", "x"), "b-leases"},
		{lease("c", "get", "two", "y"), "all"},
		{lease("c", "list", "two", ""), "all"},
		{lease("sa:kube-system:d", "get", "two", ""), "b-leases"},
		{lease("sa:kube", "get", "two", ""), "all"},
		{Request{User: "a", Verb: "get", Path: "/healthz"}, "probes"},
		{Request{User: "a", Verb: "get", Path: "/livez/etcd"}, "probes"},
		{Request{User: "a", Verb: "get", Path: "/livez"}, "all"},
		{Request{User: "a", Verb: "post", Path: "/healthz"}, "all"},
	} {
		if got := g.current.Load().route(&test.q); got == nil || got.schema.Name != test.want {
			t.Errorf("%+v: got %+v, want %s", test.q, got, test.want)
		}
	}
}

func TestFlow(t *testing.T) {
	one, other := &Request{User: "a", Namespace: "x"}, &Request{User: "b", Namespace: "x"}
	for d, same := range map[Distinguisher]bool{None: true, ByUser: false, ByNamespace: true} {
		s := Schema{Name: "s", Distinguisher: d}
		if got := s.flow(one) == s.flow(other); got != same {
			t.Errorf("distinguisher %d: two users of a namespace are one flow: %v", d, got)
		}
	}
}
