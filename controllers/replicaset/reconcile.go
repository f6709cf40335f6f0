package replicaset

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/client"
	"argosy.dev/controllers/claim"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/owners"
)

// ofPod says which sets a pod is of interest to: its owner, or, where nobody owns it, those that may adopt it.
func (c *controller) ofPod(pod *corev1.Pod) []loop.Key {
	if _, owned := owners.Controller(pod); owned {
		return loop.Owner[*corev1.Pod]("ReplicaSet")(pod)
	}
	var keys []loop.Key
	for _, rs := range c.sets.List(pod.Namespace) {
		selector, err := metav1.LabelSelectorAsSelector(rs.Spec.Selector)
		if err == nil && selector.Matches(labels.Set(pod.Labels)) {
			keys = append(keys, loop.Key{Namespace: rs.Namespace, Name: rs.Name})
		}
	}
	return keys
}

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	rs, ok := c.sets.Get(key.Namespace, key.Name)
	if !ok {
		return 0, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(rs.Spec.Selector)
	if err != nil {
		return 0, fmt.Errorf("reading the selector of replica set %s: %w", key, err)
	}
	owned, err := claim.Objects(ctx, c.pods, rs, kind, selector)
	if err != nil {
		return 0, fmt.Errorf("claiming the pods of replica set %s: %w", key, err)
	}
	plan := Decide(rs, owned)
	failure := c.act(ctx, rs, plan)
	if plan.Create > 0 || len(plan.Delete) > 0 {
		// Reads include the writes just made.
		owned, _, _ = claim.Split(rs, selector, c.pods.ByIndex(client.ByOwner, string(rs.UID)))
	}
	status, wait := Status(rs, owned, failure, plan.Create > 0, c.now())
	if !sameStatus(&rs.Status, &status) {
		updated := rs.DeepCopy()
		updated.Status = status
		if _, err := c.sets.UpdateStatus(ctx, updated); err != nil && !apierrors.IsNotFound(err) {
			return 0, errors.Join(failure, fmt.Errorf("writing the status of replica set %s: %w", key, err))
		}
	}
	return wait, failure
}

func (c *controller) act(ctx context.Context, rs *appsv1.ReplicaSet, plan Plan) error {
	if plan.Create > 0 {
		return c.create(ctx, rs, plan.Create)
	}
	return c.delete(ctx, rs, plan.Delete)
}

// create makes n pods in rounds that double: where the first is refused (a quota, a missing account), few requests were wasted.
func (c *controller) create(ctx context.Context, rs *appsv1.ReplicaSet, n int) error {
	for round := 1; n > 0; round *= 2 {
		round = min(round, n)
		var group errgroup.Group
		for range round {
			group.Go(func() error { return c.createOne(ctx, rs) })
		}
		if err := group.Wait(); err != nil {
			return err
		}
		n -= round
	}
	return nil
}

func (c *controller) createOne(ctx context.Context, rs *appsv1.ReplicaSet) error {
	template := rs.Spec.Template.DeepCopy()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		GenerateName:    podPrefix(rs.Name),
		Namespace:       rs.Namespace,
		Labels:          template.Labels,
		Annotations:     template.Annotations,
		Finalizers:      template.Finalizers,
		OwnerReferences: []metav1.OwnerReference{owners.Managing(rs, kind)},
	}, Spec: template.Spec}
	made, err := c.pods.Create(ctx, pod)
	switch {
	case err == nil:
		c.events.Normal(client.Reference(rs), "SuccessfulCreate", "Created pod: %s", made.Name)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		// Nothing is wanted in a namespace that is going.
		return nil
	default:
		c.events.Warning(client.Reference(rs), "FailedCreate", "Error creating: %v", err)
	}
	return err
}

// podPrefix is what the names of a set's pods begin with.
func podPrefix(name string) string {
	const longest = 63 - 5 // what is left beside the random letters
	if len(name) >= longest {
		return name[:longest-1] + "-"
	}
	return name + "-"
}

func (c *controller) delete(ctx context.Context, rs *appsv1.ReplicaSet, list []*corev1.Pod) error {
	var group errgroup.Group
	group.SetLimit(32)
	for _, pod := range list {
		group.Go(func() error {
			err := c.pods.Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}})
			if err == nil {
				c.events.Normal(client.Reference(rs), "SuccessfulDelete", "Deleted pod: %s", pod.Name)
			} else if !apierrors.IsNotFound(err) {
				c.events.Warning(client.Reference(rs), "FailedDelete", "Error deleting: %v", err)
				return err
			}
			return nil
		})
	}
	return group.Wait()
}
