package podgc

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/pods"
)

// Name of the controller, in logs.
const Name = "pod-garbage-collector-controller"

// DefaultThreshold is how many finished pods may stay unless told otherwise.
const DefaultThreshold = 12500

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"nodes", "pods"}
	Writes = []string{"pods", "pods/status"}
)

type controller struct {
	nodes     client.Resource[*corev1.Node]
	pods      client.Resource[*corev1.Pod]
	threshold int
	finished  atomic.Int64 // pods
	now       func() time.Time

	mu      sync.Mutex
	missing map[string]time.Time // since when nodes are gone that pods are bound to
}

// New makes the controller. threshold is how many finished pods may stay, 0 for DefaultThreshold.
func New(c client.Cluster, threshold int, log *slog.Logger) *loop.Controller {
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	r := &controller{nodes: client.Nodes(c), pods: client.Pods(c), threshold: threshold, now: time.Now, missing: map[string]time.Time{}}
	return &loop.Controller{
		Name:      Name,
		Sources:   []loop.Source{r.followNodes, r.followPods},
		Reconcile: r.reconcile,
		Workers:   2,
		Log:       log,
	}
}

// A key names a pod, or a node, or, where it is empty, the pods that have finished.

func nodeKey(name string) loop.Key { return loop.Key{Name: name} }

func (c *controller) followNodes(ctx context.Context, enqueue func(loop.Key)) error {
	return c.nodes.Follow(ctx, func(old, node *corev1.Node) {
		switch {
		case node == nil:
			enqueue(nodeKey(old.Name))
		case OutOfService(node):
			enqueue(nodeKey(node.Name))
		}
	})
}

func (c *controller) followPods(ctx context.Context, enqueue func(loop.Key)) error {
	return c.pods.Follow(ctx, func(old, pod *corev1.Pod) {
		if change := finished(pod) - finished(old); change != 0 && c.finished.Add(change) > int64(c.threshold) && change > 0 {
			enqueue(loop.Key{})
		}
		switch {
		case pod == nil:
		case Stranded(pod):
			enqueue(loop.Key{Namespace: pod.Namespace, Name: pod.Name})
		case pods.Scheduled(pod):
			if node, ok := c.nodes.Get("", pod.Spec.NodeName); !ok || pods.Terminating(pod) && OutOfService(node) {
				enqueue(nodeKey(pod.Spec.NodeName))
			}
		}
	})
}

func finished(pod *corev1.Pod) int64 {
	if pod != nil && pods.Finished(pod) {
		return 1
	}
	return 0
}
