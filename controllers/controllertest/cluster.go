package controllertest

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/admission"
	"argosy.dev/cache"
	"argosy.dev/client"
	"argosy.dev/kinds"
	"argosy.dev/kinds/catalogue"
	"argosy.dev/resource"
	"argosy.dev/store/embedded"
)

// Cluster is a server in memory, and a client of it.
type Cluster struct {
	pipeline *resource.Pipeline

	mu     sync.Mutex
	writes map[string]int
}

var _ client.Cluster = (*Cluster)(nil)

// New makes a cluster with the namespaces default and kube-node-lease. It is closed when the test ends.
func New(t testing.TB) *Cluster {
	t.Helper()
	ctx := context.Background()
	log := slog.New(slog.DiscardHandler)
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	live, err := cache.Open(s, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		live.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	c := &Cluster{writes: map[string]int{}}
	view := &admission.View{}
	c.pipeline = resource.New(resource.Options{Store: s, Cache: live, Log: log, Admission: admission.Order(view, nil)})
	view.Pipeline = c.pipeline
	for _, k := range catalogue.All() {
		if _, err := c.pipeline.Add(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{metav1.NamespaceDefault, corev1.NamespaceNodeLease} {
		if _, err := client.Namespaces(c).Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// Add begins to serve a kind, as when a custom resource is defined.
func (c *Cluster) Add(ctx context.Context, k *kinds.Kind) error {
	_, err := c.pipeline.Add(ctx, k)
	return err
}

// Remove stops serving a resource.
func (c *Cluster) Remove(gvr schema.GroupVersionResource) {
	if r, ok := c.pipeline.Lookup(gvr); ok {
		c.pipeline.Remove(r)
	}
}

// Writes counts the writes so far that changed something, by "verb resource[/subresource]".
func (c *Cluster) Writes() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := make(map[string]int, len(c.writes))
	for what, n := range c.writes {
		all[what] = n
	}
	return all
}

func (c *Cluster) count(verb string, t client.Target, err error) {
	what := verb + " " + t.Resource.Resource
	if t.Subresource != "" {
		what += "/" + t.Subresource
	}
	if err != nil {
		what += " refused"
	}
	c.mu.Lock()
	c.writes[what]++
	c.mu.Unlock()
}

func (c *Cluster) Table(gvr schema.GroupVersionResource) (*cache.Table, error) {
	r, ok := c.pipeline.Lookup(gvr)
	if !ok {
		return nil, fmt.Errorf("the server has no resource %s", gvr)
	}
	if r.Table == nil {
		return nil, fmt.Errorf("the resource %s has no objects to read", gvr)
	}
	return r.Table, nil
}

func (c *Cluster) Resources() []client.Info {
	list, _ := c.pipeline.Resources()
	infos := make([]client.Info, len(list))
	for i, r := range list {
		verbs := r.Kind.Verbs
		if verbs == nil {
			verbs = kinds.AllVerbs
		}
		infos[i] = client.Info{Resource: r.Kind.GVR(), Kind: r.Kind.GVK.Kind, Namespaced: r.Kind.Namespaced, Verbs: verbs}
	}
	return infos
}

func (c *Cluster) target(t client.Target) (resource.Target, error) {
	r, ok := c.pipeline.Lookup(t.Resource)
	if !ok {
		return resource.Target{}, fmt.Errorf("the server has no resource %s", t.Resource)
	}
	return resource.Target{Resource: r, Version: t.Resource.Version, Namespace: t.Namespace, Name: t.Name, Subresource: t.Subresource}, nil
}

func (c *Cluster) Create(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.CreateOptions) (runtime.Object, error) {
	return c.write("create", t, func(target resource.Target) (resource.Result, error) {
		return c.pipeline.Create(ctx, target, resource.Body{Object: obj}, opts)
	})
}

func (c *Cluster) Update(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.UpdateOptions) (runtime.Object, error) {
	return c.write("update", t, func(target resource.Target) (resource.Result, error) {
		return c.pipeline.Update(ctx, target, resource.Body{Object: obj}, opts)
	})
}

func (c *Cluster) Patch(ctx context.Context, t client.Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (runtime.Object, error) {
	return c.write("patch", t, func(target resource.Target) (resource.Result, error) {
		return c.pipeline.Patch(ctx, target, pt, patch, opts)
	})
}

func (c *Cluster) Delete(ctx context.Context, t client.Target, opts metav1.DeleteOptions) error {
	verb := "delete"
	if len(opts.DryRun) > 0 {
		verb = "pretend to delete"
	}
	_, err := c.write(verb, t, func(target resource.Target) (resource.Result, error) { return c.pipeline.Delete(ctx, target, opts) })
	return err
}

func (c *Cluster) write(verb string, t client.Target, do func(resource.Target) (resource.Result, error)) (runtime.Object, error) {
	target, err := c.target(t)
	if err != nil {
		return nil, err
	}
	result, err := do(target)
	c.count(verb, t, err)
	switch {
	case err != nil:
		return nil, err
	case result.Entry != nil:
		return result.Entry.Object, nil
	case result.Status != nil:
		return result.Status, nil
	}
	return result.Object, nil
}
