package client

import (
	"context"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/cache"
)

// Names of indexes for ByIndex.
const (
	// ByOwner finds objects by the uid of any of their owner references; every resource has it.
	ByOwner = "metadata.ownerReferences.uid"
	// WithoutOwner finds objects without any owner reference by their namespace; every resource has it.
	WithoutOwner = "metadata.namespace without owner"
	// ByNode finds pods by the node they are bound to, "" for none.
	ByNode = "spec.nodeName"
)

// Resource is typed access to one kind. T is a pointer to the API type.
type Resource[T Object] struct {
	cluster Cluster
	gvr     schema.GroupVersionResource
	table   *cache.Table
}

// For returns access to a resource whose objects are of type T. It panics where the server does not have
// the resource: which resources a component needs is fixed when it is built.
func For[T Object](c Cluster, gvr schema.GroupVersionResource) Resource[T] {
	r, err := Find[T](c, gvr)
	if err != nil {
		panic(fmt.Sprintf("client: %v", err))
	}
	return r
}

// Find is For where the server may not have the resource any more: for components that go by Cluster.Resources.
func Find[T Object](c Cluster, gvr schema.GroupVersionResource) (Resource[T], error) {
	table, err := c.Table(gvr)
	if err != nil {
		return Resource[T]{}, fmt.Errorf("no access to %s: %w", gvr, err)
	}
	return Resource[T]{cluster: c, gvr: gvr, table: table}, nil
}

func key(namespace, name string) string {
	if namespace == "" {
		return name
	}
	return namespace + "/" + name
}

// Get returns the newest known version; namespace is "" for a cluster-wide kind. Never change it.
func (r Resource[T]) Get(namespace, name string) (obj T, ok bool) {
	e, ok := r.table.Get(key(namespace, name))
	if !ok {
		return obj, false
	}
	return e.Object.(T), true
}

// List returns all objects of a namespace ("": of all) in key order. The slice is the caller's, the objects are not.
func (r Resource[T]) List(namespace string) []T {
	entries, _, err := r.table.List(cache.Range{Namespace: namespace})
	if err != nil {
		return nil // only a list at an old revision can fail
	}
	return objects[T](entries)
}

// Select is List of those whose labels match.
func (r Resource[T]) Select(namespace string, selector labels.Selector) []T {
	all := r.List(namespace)
	list := all[:0]
	for _, obj := range all {
		if selector.Matches(labels.Set(obj.GetLabels())) {
			list = append(list, obj)
		}
	}
	return list
}

// ByIndex returns the objects found under value, in no order.
func (r Resource[T]) ByIndex(index, value string) []T {
	return objects[T](r.table.ByIndex(index, value))
}

// Orphans returns the objects of a namespace that no other object owns, in no order.
func (r Resource[T]) Orphans(namespace string) []T {
	return r.ByIndex(WithoutOwner, namespace)
}

func objects[T Object](entries []*cache.Entry) []T {
	list := make([]T, len(entries))
	for i, e := range entries {
		list[i] = e.Object.(T)
	}
	return list
}

// Follow calls handle for every object there is (old is nil), then for each change: created (old is nil), updated, deleted
// (new is nil, old the last state). It blocks until the context ends, or the cluster is closed. handle is called by one goroutine and should only
// note what to look at: steps that follow each other quickly may each be told.
func (r Resource[T]) Follow(ctx context.Context, handle func(old, new T)) error {
	return r.FollowIn(ctx, Scope{}, handle)
}

// Scope limits Follow to a namespace, or to the objects under one value of an index.
type Scope struct{ Namespace, Index, Value string }

// FollowIn is Follow for a part of the objects. An object that leaves an index's value is told as an update.
func (r Resource[T]) FollowIn(ctx context.Context, s Scope, handle func(old, new T)) error {
	var none T
	return r.FollowFrom(ctx, s, func(all []T) {
		for _, obj := range all {
			handle(none, obj)
		}
	}, handle)
}

// FollowFrom is FollowIn for who must know when it has seen all that was there: begin is called once, first, with every object as
// they were at one moment, then handle for each change since.
func (r Resource[T]) FollowFrom(ctx context.Context, s Scope, begin func(all []T), handle func(old, new T)) error {
	entries, _, watch, err := r.table.ListAndWatch(cache.Scope{Namespace: s.Namespace, Index: s.Index, Value: s.Value, States: true})
	if err != nil {
		return fmt.Errorf("following %s: %w", r.gvr.GroupResource(), err)
	}
	defer watch.Close()
	begin(objects[T](entries))
	var none T
	for {
		changes, err := watch.Next(ctx)
		if err != nil {
			return fmt.Errorf("following %s: %w", r.gvr.GroupResource(), err)
		}
		for _, c := range changes {
			old, now := none, none
			if c.Prev != nil {
				old = c.Prev.Object.(T)
			}
			if !c.Deleted {
				now = c.Entry.Object.(T)
			}
			handle(old, now)
		}
	}
}

// Create makes the object in its own namespace. obj is handed over.
func (r Resource[T]) Create(ctx context.Context, obj T) (T, error) {
	return result[T](r.cluster.Create(ctx, Target{Resource: r.gvr, Namespace: obj.GetNamespace()}, obj, metav1.CreateOptions{}))
}

// CreateSub creates a subresource of an object: a Binding, a token request, an eviction.
func (r Resource[T]) CreateSub(ctx context.Context, namespace, name, subresource string, body runtime.Object) (runtime.Object, error) {
	return r.cluster.Create(ctx, Target{Resource: r.gvr, Namespace: namespace, Name: name, Subresource: subresource}, body, metav1.CreateOptions{})
}

// Update replaces the object; a conflict where it is not the newest version. obj is handed over.
func (r Resource[T]) Update(ctx context.Context, obj T) (T, error) { return r.update(ctx, obj, "") }

// UpdateStatus replaces the object's status.
func (r Resource[T]) UpdateStatus(ctx context.Context, obj T) (T, error) {
	return r.update(ctx, obj, "status")
}

func (r Resource[T]) update(ctx context.Context, obj T, subresource string) (T, error) {
	t := Target{Resource: r.gvr, Namespace: obj.GetNamespace(), Name: obj.GetName(), Subresource: subresource}
	return result[T](r.cluster.Update(ctx, t, obj, metav1.UpdateOptions{}))
}

// UpdateSub replaces a subresource whose body is not of type T (namespaces/finalize takes a Namespace, scale a Scale).
func (r Resource[T]) UpdateSub(ctx context.Context, namespace, name, subresource string, body runtime.Object) (runtime.Object, error) {
	return r.cluster.Update(ctx, Target{Resource: r.gvr, Namespace: namespace, Name: name, Subresource: subresource}, body, metav1.UpdateOptions{})
}

// Patch changes a part of the object, or of its subresource.
func (r Resource[T]) Patch(ctx context.Context, namespace, name string, pt types.PatchType, patch []byte, subresource string) (T, error) {
	t := Target{Resource: r.gvr, Namespace: namespace, Name: name, Subresource: subresource}
	return result[T](r.cluster.Patch(ctx, t, pt, patch, metav1.PatchOptions{}))
}

// Delete asks for the object to be deleted. It may stay a while, for its grace period and finalizers.
func (r Resource[T]) Delete(ctx context.Context, namespace, name string, opts metav1.DeleteOptions) error {
	return r.cluster.Delete(ctx, Target{Resource: r.gvr, Namespace: namespace, Name: name}, opts)
}

func result[T Object](obj runtime.Object, err error) (T, error) {
	t, _ := obj.(T)
	if err != nil {
		var none T
		return none, err
	}
	return t, nil
}
