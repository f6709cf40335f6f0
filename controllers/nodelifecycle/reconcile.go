package nodelifecycle

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/nodes"
	"argosy.dev/facts/pods"
)

// recheck is how often a node that is not ready is looked at: others' states decide about it too.
const recheck = 5 * time.Second

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	node, ok := c.nodes.Get("", key.Name)
	if !ok {
		if c.life.forget(key.Name) {
			c.events.Normal(corev1.ObjectReference{APIVersion: "v1", Kind: "Node", Name: key.Name}, "RemovingNode", "Node %s event: Removing Node %s from Controller", key.Name, key.Name)
		}
		return 0, nil
	}
	now := c.now()
	lease, _ := c.leases.Get(corev1.NamespaceNodeLease, key.Name)
	seen, first := c.life.see(node, lease, now)
	if first {
		c.events.Normal(client.Reference(node), "RegisteredNode", "Node %s event: Registered Node %s in Controller", key.Name, key.Name)
	}
	status, wait := Silence(node, seen.at, c.grace, now)
	if status != nil {
		updated := node.DeepCopy()
		updated.Status = *status
		var err error
		if node, err = c.nodes.UpdateStatus(ctx, updated); err != nil {
			return 0, ignoreGone(err, "writing the status of node %s: %w", key.Name)
		}
	}
	if err := c.taint(ctx, node, now); err != nil {
		return 0, ignoreGone(err, "tainting node %s: %w", key.Name)
	}
	if err := c.tellPods(ctx, node, seen.told); err != nil {
		return 0, err
	}
	if readyTaint(node) != "" && (wait == 0 || wait > recheck) {
		wait = recheck
	}
	return wait, nil
}

func ignoreGone(err error, format, name string) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return fmt.Errorf(format, name, err)
}

func (c *controller) taint(ctx context.Context, node *corev1.Node, now time.Time) error {
	eviction := Later
	if readyTaint(node) != "" && nodes.Condition(&node.Status, corev1.NodeReady) != nil {
		eviction = c.zones.ask(node, c.nodes.List(""), now)
	}
	list, changed := Taints(node, eviction, now)
	if !changed {
		return nil
	}
	updated := node.DeepCopy()
	updated.Spec.Taints = list
	_, err := c.nodes.Update(ctx, updated)
	return err
}

// tellPods takes readiness from the pods of a node that was ready and is not any more, and from those of one that cannot be
// reached as long as it cannot: nobody else would.
func (c *controller) tellPods(ctx context.Context, node *corev1.Node, before corev1.ConditionStatus) error {
	ready := nodes.Condition(&node.Status, corev1.NodeReady)
	if ready == nil {
		return nil
	}
	if ready.Status == corev1.ConditionTrue {
		c.life.tell(node.Name, ready.Status)
		return nil
	}
	turned := before == corev1.ConditionTrue
	if turned {
		c.events.Normal(client.Reference(node), "NodeNotReady", "Node %s status is now: NodeNotReady", node.Name)
	}
	if !turned && ready.Status != corev1.ConditionUnknown {
		return nil
	}
	var failed []error
	for _, pod := range c.pods.ByIndex(client.ByNode, node.Name) {
		if !pods.Ready(pod) {
			continue
		}
		updated := pod.DeepCopy()
		condition := pods.Condition(&updated.Status, corev1.PodReady)
		condition.Status, condition.LastTransitionTime = corev1.ConditionFalse, metav1.NewTime(c.now().UTC().Truncate(time.Second))
		_, err := c.pods.UpdateStatus(ctx, updated)
		switch {
		case err == nil:
			c.events.Warning(client.Reference(pod), "NodeNotReady", "Node is not ready")
		case !apierrors.IsNotFound(err):
			failed = append(failed, fmt.Errorf("taking readiness from pod %s/%s: %w", pod.Namespace, pod.Name, err))
		}
	}
	if len(failed) > 0 {
		return errors.Join(failed...)
	}
	c.life.tell(node.Name, ready.Status)
	return nil
}
