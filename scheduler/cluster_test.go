package scheduler

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/cache"
	"argosy.dev/client"
	"argosy.dev/kinds"
	"argosy.dev/kinds/core/event"
	"argosy.dev/kinds/core/namespace"
	"argosy.dev/kinds/core/node"
	"argosy.dev/kinds/core/pod"
	"argosy.dev/resource"
	"argosy.dev/store/embedded"
)

// cluster is the real pipeline on a store in memory.
type cluster struct {
	*resource.Pipeline
	// bind, if set, is asked before a binding is written.
	bind func(t client.Target) error
}

func newCluster(t testing.TB) *cluster {
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
	t.Cleanup(func() {
		c.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	p := resource.New(resource.Options{Store: s, Cache: c, Log: slog.Default()})
	for _, k := range []*kinds.Kind{namespace.Kind(), node.Kind(), pod.Kind(), event.Kind()} {
		if _, err := p.Add(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	return &cluster{Pipeline: p}
}

func (c *cluster) Table(gvr schema.GroupVersionResource) (*cache.Table, error) {
	r, ok := c.Lookup(gvr)
	if !ok {
		return nil, fmt.Errorf("no resource %s", gvr)
	}
	return r.Table, nil
}

func (c *cluster) Resources() []client.Info { return nil }

func (c *cluster) target(t client.Target) resource.Target {
	r, _ := c.Lookup(t.Resource)
	return resource.Target{Resource: r, Version: t.Resource.Version, Namespace: t.Namespace, Name: t.Name, Subresource: t.Subresource}
}

func (c *cluster) Create(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.CreateOptions) (runtime.Object, error) {
	if t.Subresource == "binding" && c.bind != nil {
		if err := c.bind(t); err != nil {
			return nil, err
		}
	}
	return answer(c.Pipeline.Create(ctx, c.target(t), resource.Body{Object: obj}, opts))
}

func (c *cluster) Update(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.UpdateOptions) (runtime.Object, error) {
	return answer(c.Pipeline.Update(ctx, c.target(t), resource.Body{Object: obj}, opts))
}

func (c *cluster) Patch(ctx context.Context, t client.Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (runtime.Object, error) {
	return answer(c.Pipeline.Patch(ctx, c.target(t), pt, patch, opts))
}

func (c *cluster) Delete(ctx context.Context, t client.Target, opts metav1.DeleteOptions) error {
	_, err := c.Pipeline.Delete(ctx, c.target(t), opts)
	return err
}

func answer(r resource.Result, err error) (runtime.Object, error) {
	switch {
	case err != nil:
		return nil, err
	case r.Entry != nil:
		return r.Entry.Object, nil
	case r.Object != nil:
		return r.Object, nil
	}
	return r.Status, nil
}
