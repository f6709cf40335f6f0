package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"argosy.dev/test/e2e/cluster"
)

// lister is how a reflector reads; the old way is by a list first, for a server that does not stream lists.
type lister struct {
	cache.ListWatch
	old bool
}

func (l lister) IsWatchListSemanticsUnSupported() bool { return l.old }

// journal notes the queries of requests that read.
type journal struct {
	next    http.RoundTripper
	mu      sync.Mutex
	queries []url.Values
}

func (j *journal) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		j.mu.Lock()
		j.queries = append(j.queries, r.URL.Query())
		j.mu.Unlock()
	}
	return j.next.RoundTrip(r)
}

// count is how many requests there were that fit.
func (j *journal) count(fits func(url.Values) bool) (n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, q := range j.queries {
		if fits(q) {
			n++
		}
	}
	return n
}

func isList(q url.Values) bool   { return q.Get("watch") == "" }
func isStream(q url.Values) bool { return q.Get("sendInitialEvents") == "true" }

// Reflectors of every sort of client, with a stream for their list and with a list, hold what the server holds: after it was
// killed in the middle of writes, and after their version was too old.
func TestReflectors(t *testing.T) {
	t.Parallel()
	c := cluster.Server(t, "--api-only")
	objects := c.API(t).CoreV1().ConfigMaps("default")
	change := func(from, to int, data string) {
		t.Helper()
		for i := from; i < to; i++ {
			object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("r-%03d", i)}, Data: map[string]string{"k": data}}
			if _, err := objects.Update(t.Context(), object, metav1.UpdateOptions{}); err == nil {
				continue
			}
			if _, err := objects.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	change(0, 40, "first")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var readers []*reflected
	for name, client := range readingClients(t, c) {
		for _, old := range []bool{false, true} {
			r := startReflector(t, ctx, c, fmt.Sprintf("%s, old %t", name, old), old, client)
			readers = append(readers, r)
		}
	}
	same := func(when string) {
		t.Helper()
		want := versions(t, objects)
		for _, r := range readers {
			cluster.Eventually(t, awaitTimeout, when+", what "+r.name+" holds", func() error {
				if got := r.versions(); !maps.Equal(got, want) {
					return fmt.Errorf("%d objects, want %d: %v", len(got), len(want), difference(got, want))
				}
				return nil
			})
		}
	}
	same("at first")
	change(20, 60, "second")
	if err := objects.Delete(t.Context(), "r-000", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	same("after changes")
	for _, r := range readers {
		streams, lists := r.journal.count(isStream), r.journal.count(isList)
		if r.old && (streams != 0 || lists != 1) || !r.old && (streams != 1 || lists != 0) {
			t.Errorf("%s read with %d streams and %d lists", r.name, streams, lists)
		}
	}

	// The server forgets its window when it ends: those that had not got all of it are told 410, and read everything again.
	killed := c.KillAfter(5 * time.Millisecond)
	for i := 0; ; i++ {
		object := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("k-%03d", i)}}
		if _, err := objects.Create(t.Context(), object, metav1.CreateOptions{}); err != nil {
			break
		}
	}
	<-killed
	c.Start(t)
	change(0, 10, "third")
	if err := objects.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{FieldSelector: "metadata.name=r-050"}); err != nil {
		t.Fatal(err)
	}
	same("after kill -9")
	change(5, 15, "fourth")
	same("afterwards")
}

// readingClients are the ways in which client-go reads: typed in JSON and in protobuf, dynamic, and metadata alone. Each is given
// a configuration whose requests are noted.
func readingClients(t *testing.T, c *cluster.Cluster) map[string]func(*rest.Config) (cache.ListWatch, runtime.Object) {
	typed := func(media string) func(*rest.Config) (cache.ListWatch, runtime.Object) {
		return func(config *rest.Config) (cache.ListWatch, runtime.Object) {
			config.ContentType, config.AcceptContentTypes = media, media
			api := kubernetes.NewForConfigOrDie(config).CoreV1().ConfigMaps("default")
			return listWatch(api.List, api.Watch), &corev1.ConfigMap{}
		}
	}
	return map[string]func(*rest.Config) (cache.ListWatch, runtime.Object){
		"typed, JSON":     typed("application/json"),
		"typed, protobuf": typed("application/vnd.kubernetes.protobuf"),
		"dynamic": func(config *rest.Config) (cache.ListWatch, runtime.Object) {
			api := dynamic.NewForConfigOrDie(config).Resource(configMapsResource).Namespace("default")
			return listWatch(api.List, api.Watch), nil
		},
		"metadata": func(config *rest.Config) (cache.ListWatch, runtime.Object) {
			api := metadata.NewForConfigOrDie(config).Resource(configMapsResource).Namespace("default")
			return listWatch(api.List, api.Watch), nil
		},
	}
}

func listWatch[L runtime.Object](list func(context.Context, metav1.ListOptions) (L, error), watch func(context.Context, metav1.ListOptions) (watch.Interface, error)) cache.ListWatch {
	return cache.ListWatch{
		ListWithContextFunc:  func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return list(ctx, o) },
		WatchFuncWithContext: watch,
	}
}

// reflected is what a reflector holds.
type reflected struct {
	name    string
	old     bool
	store   cache.Store
	journal *journal
}

func startReflector(t *testing.T, ctx context.Context, c *cluster.Cluster, name string, old bool, client func(*rest.Config) (cache.ListWatch, runtime.Object)) *reflected {
	t.Helper()
	r := &reflected{name: name, old: old, store: cache.NewStore(cache.MetaNamespaceKeyFunc), journal: &journal{}}
	config := c.REST(t)
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		r.journal.next = next
		return r.journal
	})
	lw, expected := client(config)
	go cache.NewReflectorWithOptions(&lister{lw, old}, expected, r.store, cache.ReflectorOptions{}).RunWithContext(ctx)
	return r
}

func (r *reflected) versions() map[string]string {
	got := map[string]string{}
	for _, object := range r.store.List() {
		if m, err := meta.Accessor(object); err == nil {
			got[m.GetName()] = m.GetResourceVersion()
		}
	}
	return got
}

func versions(t *testing.T, api interface {
	List(context.Context, metav1.ListOptions) (*corev1.ConfigMapList, error)
}) map[string]string {
	t.Helper()
	list, err := api.List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for i := range list.Items {
		want[list.Items[i].Name] = list.Items[i].ResourceVersion
	}
	return want
}

// difference names the objects that two sets of versions do not agree on.
func difference(got, want map[string]string) string {
	var names []string
	for name, v := range want {
		if got[name] != v {
			names = append(names, fmt.Sprintf("%s is at %q, want %s", name, got[name], v))
		}
	}
	for name := range got {
		if want[name] == "" {
			names = append(names, name+" should be gone")
		}
	}
	slices.Sort(names)
	return strings.Join(names[:min(len(names), 5)], "; ")
}
