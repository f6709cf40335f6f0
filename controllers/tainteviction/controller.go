package tainteviction

import (
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in events and logs.
const Name = "taint-eviction-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"nodes", "pods"}
	Writes = []string{"pods", "pods/status", "events"}
)

type controller struct {
	nodes  client.Resource[*corev1.Node]
	pods   client.Resource[*corev1.Pod]
	events *record.Recorder
	memory memory
	now    func() time.Time
}

// New makes the controller.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{nodes: client.Nodes(c), pods: client.Pods(c), events: events, now: time.Now}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.nodes, loop.Self[*corev1.Node]),
			loop.Objects(r.pods, r.ofPod),
		},
		Reconcile: r.reconcile,
		Workers:   8,
		Log:       log,
	}
}

// ofPod is the pod's node, where that drives pods away.
func (c *controller) ofPod(pod *corev1.Pod) []loop.Key {
	if pod.Spec.NodeName == "" {
		return nil
	}
	node, ok := c.nodes.Get("", pod.Spec.NodeName)
	if !ok || len(driving(node)) == 0 {
		return nil
	}
	return []loop.Key{{Name: node.Name}}
}
