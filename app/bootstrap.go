package app

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
	"argosy.dev/kinds/scheduling/priorityclass"
	"argosy.dev/resource"
)

// hasResource answers in discovery's names: "pods", "pods/log".
func hasResource(p *resource.Pipeline, group, version, name string) bool {
	main, sub := name, ""
	for i := range name {
		if name[i] == '/' {
			main, sub = name[:i], name[i+1:]
			break
		}
	}
	r, ok := p.Lookup(schema.GroupVersionResource{Group: group, Version: version, Resource: main})
	if !ok || sub == "" {
		return ok
	}
	_, ok = r.Kind.Subresource(sub)
	return ok
}

// systemNamespaces are in every cluster.
var systemNamespaces = []string{metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic, corev1.NamespaceNodeLease}

// bootstrap makes what every cluster has from its first moment. What is there already stays as it is.
func (c *controlPlane) bootstrap(ctx context.Context) error {
	cluster := c.as("argosy", "system:apiserver", "system:masters")
	namespaces, classes := client.Namespaces(cluster), client.PriorityClasses(cluster)
	var group errgroup.Group // the writes share one sync of the disk
	for _, name := range systemNamespaces {
		if _, ok := namespaces.Get("", name); ok {
			continue
		}
		group.Go(func() error {
			_, err := namespaces.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
			return made("namespace "+name, err)
		})
	}
	for _, class := range priorityclass.System() {
		if _, ok := classes.Get("", class.Name); ok {
			continue
		}
		group.Go(func() error {
			_, err := classes.Create(ctx, class)
			return made("priority class "+class.Name, err)
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	c.bootServices(ctx, &group, cluster)
	bootstrapRoles(ctx, &group, c.as("kube-apiserver", "system:apiserver", "system:masters"))
	return group.Wait()
}

func made(what string, err error) error {
	if err == nil || apierrors.IsAlreadyExists(err) {
		return nil
	}
	return fmt.Errorf("making the %s: %w", what, err)
}
