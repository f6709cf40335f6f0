package podgc

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

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/pods"
)

// parallel is how many pods are deleted at once, so that they share syncs of the disk.
const parallel = 32

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	switch {
	case key == loop.Key{}:
		return 0, c.each(Excess(c.pods.List(""), c.threshold), func(pod *corev1.Pod) error { return c.delete(ctx, pod) })
	case key.Namespace != "":
		pod, ok := c.pods.Get(key.Namespace, key.Name)
		if !ok || !Stranded(pod) {
			return 0, nil
		}
		return 0, c.delete(ctx, pod)
	}
	bound := c.pods.ByIndex(client.ByNode, key.Name)
	node, ok := c.nodes.Get("", key.Name)
	since := c.missingSince(key.Name, !ok && len(bound) > 0)
	lost, why, wait := Lost(node, bound, since, c.now())
	if err := c.each(lost, func(pod *corev1.Pod) error { return c.giveUp(ctx, pod, why) }); err != nil {
		return 0, err
	}
	if wait == 0 {
		c.missingSince(key.Name, false)
	}
	return wait, nil
}

// missingSince remembers since when a node is missing.
func (c *controller) missingSince(name string, missing bool) time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !missing {
		delete(c.missing, name)
		return time.Time{}
	}
	if _, ok := c.missing[name]; !ok {
		c.missing[name] = c.now()
	}
	return c.missing[name]
}

func (c *controller) each(list []*corev1.Pod, work func(*corev1.Pod) error) error {
	var mu sync.Mutex
	var failed []error
	var group errgroup.Group
	group.SetLimit(parallel)
	for _, pod := range list {
		group.Go(func() error {
			if err := work(pod); err != nil {
				mu.Lock()
				failed = append(failed, err)
				mu.Unlock()
			}
			return nil
		})
	}
	_ = group.Wait() // failures are collected
	return errors.Join(failed...)
}

// giveUp marks a pod as failed that nothing runs any more, says why (KEP-3329), and deletes it.
func (c *controller) giveUp(ctx context.Context, pod *corev1.Pod, why string) error {
	if !pods.Finished(pod) {
		updated := pod.DeepCopy()
		updated.Status.Phase = corev1.PodFailed
		pods.SetCondition(&updated.Status, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue,
			ObservedGeneration: pod.Generation, Reason: "DeletionByPodGC", Message: why}, c.now().UTC().Truncate(time.Second))
		if _, err := c.pods.UpdateStatus(ctx, updated); err != nil {
			if apierrors.IsNotFound(err) {
				return nil
			}
			return fmt.Errorf("marking pod %s/%s of a lost node as failed: %w", pod.Namespace, pod.Name, err)
		}
	}
	return c.delete(ctx, pod)
}

func (c *controller) delete(ctx context.Context, pod *corev1.Pod) error {
	err := c.pods.Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0)), Preconditions: &metav1.Preconditions{UID: &pod.UID}})
	if err != nil && !apierrors.IsNotFound(err) && !apierrors.IsConflict(err) {
		return fmt.Errorf("deleting pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return nil
}
