package resourcequota

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// calm is how long nothing may have been booked before less is told as used: what was booked a moment ago may not be there to be
// counted yet. Admission refuses the write where that took longer.
const calm = 100 * time.Millisecond

// sighting is a quota as it was first seen.
type sighting struct {
	version string
	at      time.Time
}

func (r *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	q, ok := r.quotas.Get(key.Namespace, key.Name)
	if !ok {
		r.forget(key)
		return 0, nil
	}
	var resources []schema.GroupResource
	byName := map[schema.GroupResource]client.Info{}
	for _, info := range r.cluster.Resources() {
		if gr := info.Resource.GroupResource(); counts(info) || gr == quotas {
			resources = append(resources, gr)
			byName[gr] = info
		}
	}
	wanted := Decide(q, resources, func(gr schema.GroupResource) []metav1.Object { return r.objects(byName[gr], q.Namespace) })
	if wanted == nil {
		r.forget(key)
		return 0, nil
	}
	if lowers(wanted, q) {
		if wait := r.waits(key, q.ResourceVersion, time.Now()); wait > 0 {
			return wait, nil
		}
	}
	r.forget(key)
	_, err := r.quotas.UpdateStatus(ctx, wanted)
	switch {
	case apierrors.IsConflict(err):
		return calm, nil
	case err != nil && !apierrors.IsNotFound(err):
		return 0, fmt.Errorf("counting what the quota %s bounds: %w", key, err)
	}
	return 0, nil
}

// quotas are counted too, where a quota bounds them.
var quotas = schema.GroupResource{Resource: "resourcequotas"}

func (r *controller) objects(info client.Info, namespace string) []metav1.Object {
	found, err := client.Find[client.Object](r.cluster, info.Resource)
	if err != nil {
		return nil // it has no objects, or has none any more
	}
	all := found.List(namespace)
	list := make([]metav1.Object, len(all))
	for i, obj := range all {
		list[i] = obj
	}
	return list
}

// waits tells how long to wait until a quota has been as it is for long enough.
func (r *controller) waits(key loop.Key, version string, now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	s, ok := r.seen[key]
	if !ok || s.version != version {
		s = sighting{version: version, at: now}
		r.seen[key] = s
	}
	return calm - now.Sub(s.at)
}

func (r *controller) forget(key loop.Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, key)
}
