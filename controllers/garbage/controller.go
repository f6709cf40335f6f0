package garbage

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"argosy.dev/client"
	"argosy.dev/client/record"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in events and logs.
const Name = "garbage-collector-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them. "*" stands for every resource.
var (
	Reads  = []string{"*"}
	Writes = []string{"*"}
)

type controller struct {
	cluster    client.Cluster
	namespaces client.Resource[*corev1.Namespace]
	events     *record.Recorder
	changed    <-chan struct{}
	served     atomic.Pointer[served]
}

// New makes the controller. changed is signalled when the server's resources have become others (custom resources); nil
// where they never do.
func New(c client.Cluster, events *record.Recorder, changed <-chan struct{}, log *slog.Logger) *loop.Controller {
	r := &controller{cluster: c, namespaces: client.Namespaces(c), events: events, changed: changed}
	r.served.Store(&served{})
	return &loop.Controller{
		Name:      Name,
		Sources:   []loop.Source{func(ctx context.Context, enqueue func(loop.Key)) error { return r.follow(ctx, enqueue) }},
		Reconcile: r.reconcile,
		Workers:   20,
		Log:       log,
	}
}

// A key of the loop names either an object, by its resource and name, or the uid of one that is gone.

func objectKey(r *resource, obj client.Object) loop.Key {
	gr := r.info.Resource.GroupResource()
	return loop.Key{Namespace: obj.GetNamespace(), Name: gr.Group + "/" + gr.Resource + "/" + obj.GetName()}
}

func goneKey(uid types.UID) loop.Key { return loop.Key{Name: string(uid)} }

// parseKey returns a nil resource where the key is the uid, or the server does not have the resource any more.
func (s *served) parseKey(key loop.Key) (r *resource, name string, uid types.UID) {
	group, rest, isObject := strings.Cut(key.Name, "/")
	if !isObject {
		return nil, "", types.UID(key.Name)
	}
	plural, name, _ := strings.Cut(rest, "/")
	return s.byName[groupResource(group, plural)], name, ""
}
