package controllertest

import (
	"context"
	"sync"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/client"
	"argosy.dev/facts/nodes"
	"argosy.dev/facts/pods"
	"argosy.dev/facts/taints"
)

// Node pretends to be a node: it registers, renews its lease, takes every pod that has no node (it is its own scheduler), calls it
// ready after a moment, and stops it when asked to.
type Node struct {
	Name string
	// Start is how long a pod takes to become ready, Stop how long it takes to stop. Fails tells that a pod never becomes ready; nil: all do.
	Start, Stop time.Duration
	Fails       func(pod *corev1.Pod) bool
	// Silent makes a node that registers as ready and then shows no life.
	Silent bool

	cluster *Cluster
	pods    client.Resource[*corev1.Pod]
	running sync.WaitGroup
}

// Run lets the node live until ctx ends. Errors are the test's: nobody else writes what the node does, but for pods that go.
func (n *Node) Run(ctx context.Context, t testing.TB, c *Cluster) {
	n.cluster, n.pods = c, client.Pods(c)
	n.register(ctx, t)
	defer n.running.Wait()
	if !n.Silent {
		n.running.Go(func() { n.beat(ctx) })
	}
	known := map[string]bool{}
	err := n.pods.Follow(ctx, func(old, pod *corev1.Pod) {
		switch {
		case pod == nil:
			delete(known, string(old.UID))
		case pod.Spec.NodeName == "" && !pods.Terminating(pod):
			n.bind(ctx, pod)
		case pod.Spec.NodeName == n.Name && !n.Silent:
			n.care(ctx, pod, known)
		}
	})
	if ctx.Err() == nil {
		t.Errorf("node %s: %v", n.Name, err)
	}
}

func (n *Node) register(ctx context.Context, t testing.TB) {
	all := client.Nodes(n.cluster)
	made, err := all.Create(ctx, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: n.Name}})
	if err != nil {
		t.Errorf("registering node %s: %v", n.Name, err)
		return
	}
	made = made.DeepCopy()
	nodes.SetCondition(&made.Status, corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue, Reason: "KubeletReady"}, time.Now())
	if _, err := all.UpdateStatus(ctx, made); err != nil {
		t.Errorf("reporting the status of node %s: %v", n.Name, err)
	}
}

func (n *Node) beat(ctx context.Context) {
	leases := client.Leases(n.cluster)
	for {
		lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Namespace: corev1.NamespaceNodeLease}}
		write := leases.Create
		if had, ok := leases.Get(lease.Namespace, lease.Name); ok {
			lease, write = had.DeepCopy(), leases.Update
		}
		lease.Spec.HolderIdentity = &n.Name
		lease.Spec.RenewTime = &metav1.MicroTime{Time: time.Now()}
		_, _ = write(ctx, lease) // one missed beat does no harm
		if !pause(ctx, 10*time.Second) {
			return
		}
	}
}

// bind takes a pod, unless a taint keeps it away.
func (n *Node) bind(ctx context.Context, pod *corev1.Pod) {
	node, ok := client.Nodes(n.cluster).Get("", n.Name)
	if !ok {
		return
	}
	// The node is its own scheduler, and taken as ready even before its taint went.
	for _, t := range node.Spec.Taints {
		if t.Key != corev1.TaintNodeNotReady && t.Effect != corev1.TaintEffectPreferNoSchedule && !taints.Tolerated(&t, pod.Spec.Tolerations) {
			return
		}
	}
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace}, Target: corev1.ObjectReference{Kind: "Node", Name: n.Name}}
	_, _ = n.pods.CreateSub(ctx, pod.Namespace, pod.Name, "binding", binding) // it went, or another node was faster
}

// care starts a pod that is new, and stops one that is to go.
func (n *Node) care(ctx context.Context, pod *corev1.Pod, known map[string]bool) {
	starting, stopping := string(pod.UID), string(pod.UID)+" stops"
	if !known[starting] {
		known[starting] = true
		n.running.Go(func() { n.start(ctx, pod.Namespace, pod.Name) })
	}
	if pods.Terminating(pod) && !known[stopping] {
		known[stopping] = true
		n.running.Go(func() {
			if pause(ctx, n.Stop) {
				_ = n.pods.Delete(ctx, pod.Namespace, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: new(int64(0)), Preconditions: &metav1.Preconditions{UID: &pod.UID}})
			}
		})
	}
}

func (n *Node) start(ctx context.Context, namespace, name string) {
	if !pause(ctx, n.Start) {
		return
	}
	for {
		pod, ok := n.pods.Get(namespace, name)
		if !ok || pods.Terminating(pod) {
			return
		}
		pod = pod.DeepCopy()
		pod.Status.Phase = corev1.PodRunning
		status := corev1.ConditionTrue
		if n.Fails != nil && n.Fails(pod) {
			status = corev1.ConditionFalse
		}
		pods.SetCondition(&pod.Status, corev1.PodCondition{Type: corev1.PodReady, Status: status}, time.Now().UTC().Truncate(time.Second))
		if _, err := n.pods.UpdateStatus(ctx, pod); err == nil || ctx.Err() != nil {
			return
		}
	}
}

// pause waits; false where ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
