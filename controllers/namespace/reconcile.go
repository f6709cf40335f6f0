package namespace

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

const (
	// again is after how long the conditions of a namespace that waits are brought up to date.
	again = 10 * time.Second
	// deletions is how many objects are deleted at once, so that they share syncs of the disk.
	deletions = 32
)

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	ns, ok := c.namespaces.Get("", key.Name)
	if !ok || ns.DeletionTimestamp == nil {
		return 0, nil
	}
	finalizers, ours := Released(ns)
	if !ours {
		return 0, nil // it waits for somebody else
	}
	found := c.empty(ctx, ns.Name)
	if len(found.Left) > 0 || len(found.Unknown) > 0 || len(found.Failed) > 0 {
		return c.wait(ctx, ns, found)
	}
	released := ns.DeepCopy()
	released.Spec.Finalizers = finalizers
	if _, err := c.namespaces.UpdateSub(ctx, "", ns.Name, "finalize", released); err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("finalizing namespace %s: %w", ns.Name, err)
	}
	return 0, nil
}

// empty deletes what there is, pods first, and tells what that came to.
func (c *controller) empty(ctx context.Context, namespace string) Findings {
	for {
		contents, unknown := c.contents(namespace)
		doomed := Doomed(contents)
		if len(doomed) == 0 {
			return Findings{Left: contents, Unknown: unknown}
		}
		if failed := c.delete(ctx, doomed); len(failed) > 0 {
			contents, unknown = c.contents(namespace)
			return Findings{contents, unknown, failed}
		}
	}
}

// contents lists what a namespace has, a row a resource that it has anything of.
func (c *controller) contents(namespace string) (list []Content, unknown []error) {
	for _, info := range c.cluster.Resources() {
		if !info.Namespaced || !slices.Contains(info.Verbs, "delete") {
			continue
		}
		objects, err := client.Find[client.Object](c.cluster, info.Resource)
		if err != nil {
			unknown = append(unknown, err)
			continue
		}
		if found := objects.List(namespace); len(found) > 0 {
			list = append(list, Content{info, found})
		}
	}
	return list, unknown
}

func (c *controller) delete(ctx context.Context, doomed []Content) (failed []error) {
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(deletions)
	background := metav1.DeletePropagationBackground
	asked := make(map[types.UID]struct{}) // events are served under two groups, and deleted once
	for _, d := range doomed {
		objects, err := client.Find[client.Object](c.cluster, d.Resource.Resource)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		for _, obj := range d.Objects {
			if _, twice := asked[obj.GetUID()]; twice {
				continue
			}
			asked[obj.GetUID()] = struct{}{}
			group.Go(func() error {
				uid := obj.GetUID()
				err := objects.Delete(ctx, obj.GetNamespace(), obj.GetName(), metav1.DeleteOptions{PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: &uid}})
				if err != nil && !apierrors.IsNotFound(err) {
					mu.Lock()
					failed = append(failed, fmt.Errorf("deleting %s %s: %w", d.Resource.Resource.GroupResource(), obj.GetName(), err))
					mu.Unlock()
				}
				return nil
			})
		}
	}
	_ = group.Wait() // failures are collected
	return failed
}

// wait tells what is left, and arranges for the namespace to be looked at when that has changed.
func (c *controller) wait(ctx context.Context, ns *corev1.Namespace, found Findings) (time.Duration, error) {
	for _, left := range found.Left {
		select {
		case c.remaining <- remains{left.Resource, ns.Name}:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	conditions := Conditions(ns.Status.Conditions, found, c.now())
	if !equality.Semantic.DeepEqual(conditions, ns.Status.Conditions) {
		updated := ns.DeepCopy()
		updated.Status.Conditions = conditions
		if _, err := c.namespaces.UpdateStatus(ctx, updated); err != nil && !apierrors.IsNotFound(err) {
			return 0, fmt.Errorf("writing the status of namespace %s: %w", ns.Name, err)
		}
	}
	if len(found.Failed) > 0 || len(found.Unknown) > 0 {
		return 0, fmt.Errorf("emptying namespace %s: %s", ns.Name, sentences(append(found.Failed, found.Unknown...)))
	}
	return again, nil
}
