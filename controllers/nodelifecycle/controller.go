package nodelifecycle

import (
	"context"
	"log/slog"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs; Component is its name in events.
const (
	Name      = "node-lifecycle-controller"
	Component = "node-controller"
)

// DefaultGrace is how long a node may be silent unless told otherwise.
const DefaultGrace = 50 * time.Second

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"nodes", "coordination.k8s.io/leases", "pods"}
	Writes = []string{"nodes", "nodes/status", "pods/status", "events"}
)

type controller struct {
	nodes  client.Resource[*corev1.Node]
	leases client.Resource[*coordinationv1.Lease]
	pods   client.Resource[*corev1.Pod]
	events *record.Recorder
	grace  time.Duration
	life   life
	zones  zones
	now    func() time.Time
}

// New makes the controller. grace is how long a node may be silent, 0 for DefaultGrace.
func New(c client.Cluster, events *record.Recorder, grace time.Duration, log *slog.Logger) *loop.Controller {
	if grace == 0 {
		grace = DefaultGrace
	}
	r := &controller{nodes: client.Nodes(c), leases: client.Leases(c), pods: client.Pods(c), events: events, grace: grace, now: time.Now}
	return &loop.Controller{
		Name:      Name,
		Sources:   []loop.Source{loop.Objects(r.nodes, loop.Self[*corev1.Node]), r.followLeases},
		Reconcile: r.reconcile,
		Workers:   8,
		Log:       log,
	}
}

func (c *controller) followLeases(ctx context.Context, enqueue func(loop.Key)) error {
	return c.leases.FollowIn(ctx, client.Scope{Namespace: corev1.NamespaceNodeLease}, func(_, lease *coordinationv1.Lease) {
		if lease != nil {
			enqueue(loop.Key{Name: lease.Name})
		}
	})
}
