package replicaset

import (
	"log/slog"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in events and logs.
const Name = "replicaset-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"apps/replicasets", "pods"}
	Writes = []string{"apps/replicasets/status", "pods", "events"}
)

var kind = appsv1.SchemeGroupVersion.WithKind("ReplicaSet")

type controller struct {
	sets   client.Resource[*appsv1.ReplicaSet]
	pods   client.Resource[*corev1.Pod]
	events *record.Recorder
	now    func() time.Time
}

// New makes the controller.
func New(c client.Cluster, events *record.Recorder, log *slog.Logger) *loop.Controller {
	r := &controller{sets: client.ReplicaSets(c), pods: client.Pods(c), events: events, now: time.Now}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.sets, loop.Self[*appsv1.ReplicaSet]),
			loop.Objects(r.pods, r.ofPod),
		},
		Reconcile: r.reconcile,
		Workers:   8,
		Log:       log,
	}
}
