package namespace

import (
	"context"
	"log/slog"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "namespace-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them. "*" stands for every
// namespaced resource: all their objects are deleted.
var (
	Reads  = []string{"namespaces", "*"}
	Writes = []string{"namespaces/status", "namespaces/finalize", "*"}
)

type controller struct {
	cluster    client.Cluster
	namespaces client.Resource[*corev1.Namespace]
	// remaining takes what a reconcile wants to be told of when there is no more of it.
	remaining chan remains
	now       func() time.Time
}

// New makes the controller.
func New(c client.Cluster, log *slog.Logger) *loop.Controller {
	r := &controller{cluster: c, namespaces: client.Namespaces(c), remaining: make(chan remains), now: time.Now}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.namespaces, func(ns *corev1.Namespace) []loop.Key {
				if ns.DeletionTimestamp == nil {
					return nil
				}
				return loop.Self(ns)
			}),
			func(ctx context.Context, enqueue func(loop.Key)) error { return r.waitForRemains(ctx, enqueue) },
		},
		Reconcile: r.reconcile,
		Workers:   10,
		Log:       log,
	}
}
