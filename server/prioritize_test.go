package server_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"argosy.dev/base/identity"
	"argosy.dev/cache"
	"argosy.dev/kinds/core/configmap"
	"argosy.dev/resource"
	"argosy.dev/server"
	"argosy.dev/server/fairness"
	"argosy.dev/store/embedded"
)

// fair serves config maps to whoever the header X-User says that it is: "node" has a level of its own, everybody else shares one with a
// single seat and no queue. Requests for a name that begins with "slow" last until release is closed.
func fair(t *testing.T) (address string, arrived chan string, release chan struct{}) {
	t.Helper()
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(s, slog.Default())
	if err != nil {
		t.Fatal(err)
	}
	p := resource.New(resource.Options{Store: s, Cache: c, Log: slog.Default()})
	if _, err := p.Add(ctx, configmap.Kind()); err != nil {
		t.Fatal(err)
	}
	all := []fairness.Rule{{Subjects: []fairness.Subject{{User: "*"}}, Paths: []fairness.Paths{{Verbs: []string{"*"}, Paths: []string{"*"}}},
		Resources: []fairness.Resources{{Verbs: []string{"*"}, Groups: []string{"*"}, Names: []string{"*"}, Namespaces: []string{"*"}, Cluster: true}}}}
	node := []fairness.Rule{{Subjects: []fairness.Subject{{User: "node"}}, Resources: all[0].Resources}}
	gate := fairness.New(time.Second)
	gate.Configure(fairness.Config{Seats: 2, Levels: []fairness.Level{{Name: "nodes", UID: "level-1", Shares: 1}, {Name: "others", UID: "level-2", Shares: 1}},
		Schemas: []fairness.Schema{{Name: "nodes", UID: "schema-1", Level: "nodes", Precedence: 1, Rules: node}, {Name: "others", UID: "schema-2", Level: "others", Precedence: 2, Rules: all}}})
	arrived, release = make(chan string, 10), make(chan struct{})
	srv := server.New(server.Options{Pipeline: p, Log: slog.Default(), Fairness: gate,
		Authenticate: func(r *http.Request) (*identity.User, bool, error) {
			return &identity.User{Name: r.Header.Get("X-User")}, true, nil
		},
		Authorize: func(ctx context.Context, u *identity.User, a server.Attributes) error {
			if strings.HasPrefix(a.Name, "slow") {
				arrived <- u.Name
				<-release
			}
			return nil
		}})
	web := httptest.NewServer(srv)
	t.Cleanup(func() {
		srv.Shutdown()
		web.Close()
		c.Close()
		s.Close()
	})
	return web.URL, arrived, release
}

// While a greedy client has every seat that it can get, others are told so, and nodes are served.
func TestPriorities(t *testing.T) {
	url, arrived, release := fair(t)
	maps := url + "/api/v1/namespaces/default/configmaps"
	done := make(chan int)
	go func() {
		code, _, _ := do(t, "GET", maps+"/slow", "", "X-User", "greedy")
		done <- code
	}()
	<-arrived
	code, header, body := do(t, "GET", maps, "", "X-User", "other")
	want := `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Too many requests, please try again later.","reason":"TooManyRequests","details":{"retryAfterSeconds":1},"code":429}`
	if code != http.StatusTooManyRequests || header.Get("Retry-After") != "1" || strings.TrimSpace(string(body)) != want {
		t.Errorf("another's request: %d %v %s", code, header, body)
	}
	if header.Get("X-Kubernetes-PF-FlowSchema-UID") != "schema-2" || header.Get("X-Kubernetes-PF-PriorityLevel-UID") != "level-2" {
		t.Errorf("sorted into %v", header)
	}
	code, header, _ = do(t, "GET", maps, "", "X-User", "node")
	if code != http.StatusOK || header.Get("X-Kubernetes-PF-FlowSchema-UID") != "schema-1" || header.Get("X-Kubernetes-PF-PriorityLevel-UID") != "level-1" {
		t.Errorf("a node's request: %d %v", code, header)
	}
	close(release)
	if code := <-done; code != http.StatusNotFound {
		t.Errorf("the greedy request: %d", code)
	}
	if code, _, body := do(t, "GET", url+"/metrics", "", "X-User", "other"); code != http.StatusOK ||
		!strings.Contains(string(body), `apiserver_flowcontrol_rejected_requests_total{flow_schema="others",priority_level="others",reason="concurrency-limit"} 1`) ||
		!strings.Contains(string(body), `apiserver_flowcontrol_dispatched_requests_total{flow_schema="nodes",priority_level="nodes"} 1`) {
		t.Errorf("metrics: %d %s", code, body)
	}
}

// A watch takes its seat only until it has told what there is.
func TestWatchesGiveTheirSeatBack(t *testing.T) {
	url, _, _ := fair(t)
	for range 3 {
		r, err := http.NewRequestWithContext(t.Context(), "GET", url+"/api/v1/configmaps?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("a watch beside others: %d", resp.StatusCode)
		}
		// The first bookmark ends what there is; the seat is given back right after it was written.
		if _, err := io.ReadAtLeast(resp.Body, make([]byte, 1), 1); err != nil {
			t.Fatal(err)
		}
		for code := 0; code != http.StatusOK; {
			code, _, _ = do(t, "GET", url+"/api/v1/configmaps", "", "X-User", "someone")
		}
	}
}
