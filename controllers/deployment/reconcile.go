package deployment

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/client"
	"argosy.dev/controllers/claim"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/owners"
	"argosy.dev/facts/pods"
	"argosy.dev/facts/workloads"
)

func selects(d *appsv1.Deployment, set map[string]string) bool {
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	return err == nil && selector.Matches(labels.Set(set))
}

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	d, ok := c.deployments.Get(key.Namespace, key.Name)
	if !ok {
		return 0, nil
	}
	selector, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
	if err != nil {
		return 0, fmt.Errorf("reading the selector of deployment %s: %w", key, err)
	}
	sets, err := claim.Objects(ctx, c.sets, d, kind, selector)
	if err != nil {
		return 0, fmt.Errorf("claiming the replica sets of deployment %s: %w", key, err)
	}
	state := See(d, sets)
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		state.OldPods = c.oldPods(state.Old)
	}
	step, err := Decide(state)
	if err != nil {
		return 0, fmt.Errorf("planning deployment %s: %w", key, err)
	}
	outcome, failure := c.act(ctx, d, step)
	if apierrors.HasStatusCause(failure, corev1.NamespaceTerminatingCause) {
		return 0, nil // nothing is wanted in a namespace that is going
	}
	if step.Create != nil || len(step.Update) > 0 || len(step.Delete) > 0 {
		// Reads include the writes just made.
		sets, _, _ = claim.Split(d, selector, c.sets.ByIndex(client.ByOwner, string(d.UID)))
		state = See(d, sets)
	}
	wait, err := c.tell(ctx, state, outcome)
	return wait, errors.Join(failure, err)
}

// oldPods tells whether pods of old sets are still there and have not come to their end.
func (c *controller) oldPods(old []*appsv1.ReplicaSet) bool {
	for _, rs := range old {
		for _, pod := range c.pods.ByIndex(client.ByOwner, string(rs.UID)) {
			if !pods.Finished(pod) {
				return true
			}
		}
	}
	return false
}

// tell writes the status, with the revision of the current set, where they are news.
func (c *controller) tell(ctx context.Context, s State, o Outcome) (time.Duration, error) {
	d := s.Deployment
	status, wait := Status(s, o, c.now())
	number := d.Annotations[revisionAnnotation]
	if s.Current != nil && revision(s.Current) > 0 {
		number = s.Current.Annotations[revisionAnnotation]
	}
	if sameStatus(&d.Status, &status) && number == d.Annotations[revisionAnnotation] {
		return wait, nil
	}
	updated := d.DeepCopy()
	updated.Status = status
	if number != "" {
		metav1.SetMetaDataAnnotation(&updated.ObjectMeta, revisionAnnotation, number)
	}
	if _, err := c.deployments.UpdateStatus(ctx, updated); err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("writing the status of deployment %s/%s: %w", d.Namespace, d.Name, err)
	}
	return wait, nil
}

// act takes the step, as far as it succeeds: an old set must not shrink for a new one that could not be made.
func (c *controller) act(ctx context.Context, d *appsv1.Deployment, step Step) (Outcome, error) {
	var outcome Outcome
	if step.Create != nil {
		var err error
		if outcome, err = c.create(ctx, d, step.Create); err != nil || outcome.Collision {
			return outcome, err
		}
	}
	for _, change := range step.Update {
		if _, err := c.sets.Update(ctx, change.To); err != nil {
			return outcome, fmt.Errorf("updating replica set %s/%s: %w", d.Namespace, change.From.Name, err)
		}
		c.tellScaled(d, change.From.Name, workloads.Replicas(change.From.Spec.Replicas), workloads.Replicas(change.To.Spec.Replicas))
	}
	for _, rs := range step.Delete {
		err := c.sets.Delete(ctx, rs.Namespace, rs.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &rs.UID, ResourceVersion: &rs.ResourceVersion}})
		if err != nil && !apierrors.IsNotFound(err) {
			return outcome, fmt.Errorf("deleting the old replica set %s/%s: %w", rs.Namespace, rs.Name, err)
		}
	}
	return outcome, nil
}

// create makes the current set. Its name follows from the template; where another's set has it, the next look tries another name.
func (c *controller) create(ctx context.Context, d *appsv1.Deployment, rs *appsv1.ReplicaSet) (Outcome, error) {
	name, replicas := rs.Name, workloads.Replicas(rs.Spec.Replicas)
	_, err := c.sets.Create(ctx, rs)
	switch {
	case err == nil:
		c.tellScaled(d, name, 0, replicas)
		return Outcome{Created: name}, nil
	case apierrors.IsAlreadyExists(err):
		other, ok := c.sets.Get(d.Namespace, name)
		if !ok || owners.ControlledBy(other, d.UID) && workloads.SameTemplate(&other.Spec.Template, &d.Spec.Template) {
			return Outcome{}, err // ours after all, or not seen yet: the next look finds it
		}
		return Outcome{Collision: true}, nil
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		return Outcome{}, err
	}
	//lint:ignore ST1005 it is a sentence of its own in the condition and the event, which clients know
	err = fmt.Errorf("Failed to create new replica set %q: %w", name, err)
	c.events.Warning(client.Reference(d), setFailed, "%v", err)
	return Outcome{Failed: err}, err
}

func (c *controller) tellScaled(d *appsv1.Deployment, set string, from, to int32) {
	switch {
	case to > from:
		c.events.Normal(client.Reference(d), "ScalingReplicaSet", "Scaled up replica set %s from %d to %d", set, from, to)
	case to < from:
		c.events.Normal(client.Reference(d), "ScalingReplicaSet", "Scaled down replica set %s from %d to %d", set, from, to)
	}
}
