package client

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/cache"
)

// Object is an API object with its metadata.
type Object interface {
	runtime.Object
	metav1.Object
}

// Target names what a write is about. Name is empty for a create, Subresource for the object itself.
type Target struct {
	Resource    schema.GroupVersionResource
	Namespace   string
	Name        string
	Subresource string
}

// Info describes a resource that the server has.
type Info struct {
	Resource   schema.GroupVersionResource
	Kind       string
	Namespaced bool
	Verbs      []string
}

// Cluster is the untyped contract that Resource is built on. It is safe for concurrent use.
type Cluster interface {
	// Table is the live copy of a resource, kept up to date as long as the cluster is used.
	// It fails where the server does not have the resource.
	Table(gvr schema.GroupVersionResource) (*cache.Table, error)

	// Resources lists what the server has, one row a resource, in its stored version.
	Resources() []Info

	// Create, Update and Patch return the object as it now is. The argument is handed over: do not use it afterwards.
	Create(ctx context.Context, t Target, obj runtime.Object, opts metav1.CreateOptions) (runtime.Object, error)
	Update(ctx context.Context, t Target, obj runtime.Object, opts metav1.UpdateOptions) (runtime.Object, error)
	Patch(ctx context.Context, t Target, pt types.PatchType, patch []byte, opts metav1.PatchOptions) (runtime.Object, error)
	Delete(ctx context.Context, t Target, opts metav1.DeleteOptions) error
}
