package tainteviction

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/pods"
)

// parallel is how many pods of a node are deleted at once.
const parallel = 32

const reason = "TaintManagerEviction"

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	node, ok := c.nodes.Get("", key.Name)
	if !ok {
		c.memory.forget(key.Name)
		return 0, nil
	}
	known, now := c.memory.of(node.Name), c.now()
	list := known.timed(driving(node), now)
	waiting := map[types.UID]bool{}
	var wait time.Duration
	var leaving []*corev1.Pod
	if len(list) > 0 || len(known.waiting) > 0 {
		for _, pod := range c.pods.ByIndex(client.ByNode, node.Name) {
			if pods.Terminating(pod) {
				continue
			}
			switch due, leaves := Due(pod, list, now); {
			case leaves && !due.After(now):
				leaving = append(leaving, pod)
			case leaves:
				waiting[pod.UID] = true
				if left := due.Sub(now); wait == 0 || left < wait {
					wait = left
				}
			case known.waiting[pod.UID]:
				c.events.Normal(client.Reference(pod), reason, "Cancelling deletion of Pod %s/%s", pod.Namespace, pod.Name)
			}
		}
	}
	known.waiting = waiting
	if len(list) == 0 {
		c.memory.forget(node.Name)
	}
	return wait, c.evict(ctx, leaving)
}

func (c *controller) evict(ctx context.Context, leaving []*corev1.Pod) error {
	var mu sync.Mutex
	var failed []error
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, pod := range leaving {
		group.Go(func() error {
			if err := c.evictOne(ctx, pod); err != nil && !apierrors.IsNotFound(err) {
				mu.Lock()
				failed = append(failed, fmt.Errorf("evicting pod %s/%s: %w", pod.Namespace, pod.Name, err))
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // failures are collected
	return errors.Join(failed...)
}

// evictOne says on the pod why it goes (KEP-3329), and deletes it.
func (c *controller) evictOne(ctx context.Context, pod *corev1.Pod) error {
	updated := pod.DeepCopy()
	if pods.SetCondition(&updated.Status, corev1.PodCondition{
		Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, ObservedGeneration: pod.Generation,
		Reason: "DeletionByTaintManager", Message: "Taint manager: deleting due to NoExecute taint",
	}, c.now().UTC().Truncate(time.Second)) {
		if _, err := c.pods.UpdateStatus(ctx, updated); err != nil {
			return err
		}
	}
	c.events.Normal(client.Reference(pod), reason, "Marking for deletion Pod %s/%s", pod.Namespace, pod.Name)
	return c.pods.Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &pod.UID}})
}
