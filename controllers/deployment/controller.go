package deployment

import (
	"context"
	"log/slog"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
	"argosy.dev/facts/owners"
	"argosy.dev/facts/pods"
)

// Name of the controller, in events and logs.
const Name = "deployment-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"apps/deployments", "apps/replicasets", "pods"}
	Writes = []string{"apps/deployments/status", "apps/replicasets", "events"}
)

var kind = appsv1.SchemeGroupVersion.WithKind("Deployment")

type controller struct {
	deployments client.Resource[*appsv1.Deployment]
	sets        client.Resource[*appsv1.ReplicaSet]
	pods        client.Resource[*corev1.Pod]
	events      *record.Recorder
	now         func() time.Time
}

// New makes the controller.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{deployments: client.Deployments(c), sets: client.ReplicaSets(c), pods: client.Pods(c), events: events, now: time.Now}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.deployments, loop.Self[*appsv1.Deployment]),
			loop.Objects(r.sets, r.ofSet),
			r.endedPods,
		},
		Reconcile: r.reconcile,
		Workers:   8,
		Log:       log,
	}
}

// ofSet says which deployments a set is of interest to: its owner, or, where nobody owns it, those that may adopt it.
func (c *controller) ofSet(rs *appsv1.ReplicaSet) []loop.Key {
	if _, owned := owners.Controller(rs); owned {
		return loop.Owner[*appsv1.ReplicaSet]("Deployment")(rs)
	}
	var keys []loop.Key
	for _, d := range c.deployments.List(rs.Namespace) {
		if selects(d, rs.Labels) {
			keys = append(keys, loop.Key{Namespace: d.Namespace, Name: d.Name})
		}
	}
	return keys
}

// endedPods looks again at deployments of the strategy Recreate when a pod of theirs has come to its end: nothing else tells that
// the last old one is gone.
func (c *controller) endedPods(ctx context.Context, enqueue func(loop.Key)) error {
	return c.pods.Follow(ctx, func(old, pod *corev1.Pod) {
		if old == nil || pod != nil && (!pods.Finished(pod) || pods.Finished(old)) {
			return
		}
		if key, ok := c.recreatedBy(old); ok {
			enqueue(key)
		}
	})
}

func (c *controller) recreatedBy(pod *corev1.Pod) (loop.Key, bool) {
	ref, owned := owners.Controller(pod)
	if !owned || ref.Kind != "ReplicaSet" {
		return loop.Key{}, false
	}
	rs, ok := c.sets.Get(pod.Namespace, ref.Name)
	if !ok {
		return loop.Key{}, false
	}
	ref, owned = owners.Controller(rs)
	if !owned || ref.Kind != kind.Kind {
		return loop.Key{}, false
	}
	d, ok := c.deployments.Get(pod.Namespace, ref.Name)
	if !ok || d.Spec.Strategy.Type != appsv1.RecreateDeploymentStrategyType {
		return loop.Key{}, false
	}
	return loop.Key{Namespace: d.Namespace, Name: d.Name}, true
}
