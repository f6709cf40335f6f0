package server_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/applyconfigurations"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/kinds/catalogue"
	"argosy.dev/resource"
	"argosy.dev/server"
	"argosy.dev/store/embedded"
)

var fieldTypes = sync.OnceValue(func() resource.Types { return applyconfigurations.NewTypeConverter(scheme.Scheme) })

// whole serves all kinds, or those given, from memory, with everybody allowed.
func whole(t testing.TB, options server.Options, list ...*kinds.Kind) *server.Server {
	t.Helper()
	if len(list) == 0 {
		list = catalogue.All()
	}
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	quiet := slog.New(slog.DiscardHandler)
	c, err := cache.Open(s, quiet)
	if err != nil {
		t.Fatal(err)
	}
	p := resource.New(resource.Options{Store: s, Cache: c, Types: fieldTypes, Answers: echoes(list), Computed: one(list), Log: quiet})
	for _, k := range list {
		if _, err := p.Add(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	options.Pipeline, options.Log = p, quiet
	srv := server.New(options)
	t.Cleanup(func() {
		srv.Shutdown()
		c.Close()
		s.Close()
	})
	return srv
}

// one makes one object, "a" in the namespace default, of every kind whose objects are computed.
func one(list []*kinds.Kind) map[string]resource.Compute {
	all := map[string]resource.Compute{}
	for _, k := range list {
		if k.Computed {
			all[k.GroupResource().String()] = func(context.Context, resource.Target) ([]kinds.Object, error) {
				obj := k.New()
				obj.SetName("a")
				if k.Namespaced {
					obj.SetNamespace("default")
				}
				return []kinds.Object{obj}, nil
			}
		}
	}
	return all
}

// echoes answer every question with itself.
func echoes(list []*kinds.Kind) map[string]resource.Answer {
	echo := func(_ context.Context, _ resource.Target, question kinds.Object) (runtime.Object, error) {
		return question, nil
	}
	all := map[string]resource.Answer{}
	for _, k := range list {
		if k.Answered {
			all[k.GroupResource().String()] = echo
		}
		for _, sub := range k.Subresources {
			if sub.Answered {
				all[k.GroupResource().String()+"/"+sub.Name] = echo
			}
		}
	}
	return all
}

// ask puts one request to a server without a network, and returns the answer. header is keys and values by turns.
func ask(h http.Handler, method, url, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	r.URL.Path, r.URL.RawQuery, _ = strings.Cut(url, "?")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// statusOf reads an answer, JSON or YAML, that must be a Status.
func statusOf(t *testing.T, w *httptest.ResponseRecorder) metav1.Status {
	t.Helper()
	var s metav1.Status
	if err := yaml.Unmarshal(w.Body.Bytes(), &s); err != nil || s.Kind != "Status" {
		t.Fatalf("the answer %d %.200s is no Status: %v", w.Code, w.Body, err)
	}
	return s
}

const (
	configMaps = "/api/v1/namespaces/default/configmaps"
	pods       = "/api/v1/namespaces/default/pods"
	jsonBody   = "application/json"
)

func configMap(name string) string {
	return `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"` + name + `","labels":{"app":"` + name + `"}},"data":{"k":"v"}}`
}

func pod(name string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"containers":[{"name":"c","image":"i"}]}}`
}
