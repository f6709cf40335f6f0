package app

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/base/identity"
	"argosy.dev/cache"
	"argosy.dev/client"
	"argosy.dev/kinds"
	"argosy.dev/resource"
)

// cluster is the in-process client: the pipeline, called as one user. Reads share the server's memory.
type cluster struct {
	pipeline *resource.Pipeline
	user     *identity.User
	// manager owns the fields that the component changes.
	manager string
}

var _ client.Cluster = (*cluster)(nil)

func (c *cluster) Table(gvr schema.GroupVersionResource) (*cache.Table, error) {
	r, ok := c.pipeline.Lookup(gvr)
	if !ok {
		return nil, fmt.Errorf("the server has no resource %s", gvr)
	}
	if r.Table == nil {
		return nil, fmt.Errorf("the resource %s has no objects to read", gvr)
	}
	return r.Table, nil
}

func (c *cluster) Resources() []client.Info {
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

func (c *cluster) target(t client.Target) (resource.Target, error) {
	r, ok := c.pipeline.Lookup(t.Resource)
	if !ok {
		return resource.Target{}, fmt.Errorf("the server has no resource %s", t.Resource)
	}
	return resource.Target{Resource: r, Version: t.Resource.Version, Namespace: t.Namespace, Name: t.Name, Subresource: t.Subresource}, nil
}

func (c *cluster) Create(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.CreateOptions) (runtime.Object, error) {
	target, err := c.target(t)
	if err != nil {
		return nil, err
	}
	opts.FieldManager = c.manager
	return object(c.pipeline.Create(c.as(ctx), target, resource.Body{Object: obj}, opts))
}

func (c *cluster) Update(ctx context.Context, t client.Target, obj runtime.Object, opts metav1.UpdateOptions) (runtime.Object, error) {
	target, err := c.target(t)
	if err != nil {
		return nil, err
	}
	opts.FieldManager = c.manager
	return object(c.pipeline.Update(c.as(ctx), target, resource.Body{Object: obj}, opts))
}

func (c *cluster) Patch(ctx context.Context, t client.Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (runtime.Object, error) {
	target, err := c.target(t)
	if err != nil {
		return nil, err
	}
	opts.FieldManager = c.manager
	return object(c.pipeline.Patch(c.as(ctx), target, pt, patch, opts))
}

func (c *cluster) Delete(ctx context.Context, t client.Target, opts metav1.DeleteOptions) error {
	target, err := c.target(t)
	if err != nil {
		return err
	}
	_, err = c.pipeline.Delete(c.as(ctx), target, opts)
	return err
}

func (c *cluster) as(ctx context.Context) context.Context { return identity.NewContext(ctx, c.user) }

func object(r resource.Result, err error) (runtime.Object, error) {
	switch {
	case err != nil:
		return nil, err
	case r.Entry != nil:
		return r.Entry.Object, nil
	case r.Status != nil:
		return r.Status, nil
	}
	return r.Object, nil
}
