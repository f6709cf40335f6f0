package resourcequota

import (
	"context"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "resourcequota-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"*/*"}
	Writes = []string{"resourcequotas/status"}
)

type controller struct {
	cluster client.Cluster
	quotas  client.Resource[*corev1.ResourceQuota]

	mu   sync.Mutex
	seen map[loop.Key]sighting // of quotas that wait for calm
}

// New makes the controller.
func New(c client.Cluster, log *slog.Logger) *loop.Controller {
	r := &controller{cluster: c, quotas: client.ResourceQuotas(c), seen: map[loop.Key]sighting{}}
	return &loop.Controller{
		Name: Name,
		Sources: []loop.Source{
			loop.Objects(r.quotas, loop.Self[*corev1.ResourceQuota]),
			r.everything,
		},
		Reconcile: r.reconcile,
		Workers:   2,
		Log:       log,
	}
}

// uncounted are made by the cluster about other objects, and never counted.
var uncounted = map[schema.GroupResource]bool{{Resource: "events"}: true, {Group: "events.k8s.io", Resource: "events"}: true, {Resource: "resourcequotas"}: true}

// counts tells whether a quota can bound the objects of a resource.
func counts(info client.Info) bool {
	return info.Namespaced && !uncounted[info.Resource.GroupResource()]
}

// lookEvery is how often the server's resources are looked through: new ones come with custom resources.
const lookEvery = 10 * time.Second

// everything looks at the quotas of a namespace in which anything comes, changes or goes.
func (r *controller) everything(ctx context.Context, enqueue func(loop.Key)) error {
	var running sync.WaitGroup
	defer running.Wait()
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	following, ended := map[schema.GroupVersionResource]bool{}, make(chan schema.GroupVersionResource)
	for {
		for _, info := range r.cluster.Resources() {
			if !counts(info) || following[info.Resource] {
				continue
			}
			objects, err := client.Find[client.Object](r.cluster, info.Resource)
			if err != nil {
				continue // nothing is stored as it, or it went in this moment
			}
			following[info.Resource] = true
			running.Go(func() {
				// It ends with the context, or with the resource; one that is still there is followed again.
				_ = objects.Follow(ctx, func(old, now client.Object) { r.note(old, now, enqueue) })
				select {
				case ended <- info.Resource:
				case <-ctx.Done():
				}
			})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case gvr := <-ended:
			delete(following, gvr)
		case <-ticker.C:
		}
	}
}

// note looks at the quotas of the object's namespace.
func (r *controller) note(old, now client.Object, enqueue func(loop.Key)) {
	if now == nil {
		now = old
	}
	for _, q := range r.quotas.List(now.GetNamespace()) {
		enqueue(loop.Key{Namespace: q.Namespace, Name: q.Name})
	}
}
