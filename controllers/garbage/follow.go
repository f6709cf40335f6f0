package garbage

import (
	"context"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// follow notes changes of all resources, and begins anew with those that come when the server's resources change.
func (c *controller) follow(ctx context.Context, enqueue func(loop.Key)) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	following := map[schema.GroupVersionResource]context.CancelFunc{}
	listed, ended := make(chan struct{}), make(chan end)
	waiting := 0
	renew := func() {
		s := look(c.cluster)
		c.served.Store(s)
		for gvr, stop := range following {
			if !s.has(gvr) {
				stop()
			}
		}
		for _, r := range s.list {
			if following[r.info.Resource] != nil {
				continue
			}
			one, stop := context.WithCancel(ctx)
			following[r.info.Resource] = stop
			waiting++
			running.Go(func() {
				e := c.followOne(one, r, enqueue, listed)
				select {
				case ended <- e:
				case <-ctx.Done():
				}
			})
		}
	}
	for renew(); ; {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.changed:
			renew()
			c.recheck(enqueue)
			continue
		case <-listed:
			waiting--
		case e := <-ended:
			following[e.gvr]()
			delete(following, e.gvr)
			if !e.listed {
				waiting--
			}
			renew()
			if following[e.gvr] != nil && !e.listed {
				return e.err // it is there and cannot be followed
			}
		}
		if waiting == 0 {
			// Only from now on is no deletion missed; owners that went before are found by looking.
			c.recheck(enqueue)
		}
	}
}

// end tells that a resource is followed no more.
type end struct {
	gvr    schema.GroupVersionResource
	err    error
	listed bool
}

func (c *controller) followOne(ctx context.Context, r *resource, enqueue func(loop.Key), listed chan<- struct{}) end {
	e := end{gvr: r.info.Resource}
	e.err = r.objects.FollowFrom(ctx, client.Scope{}, func([]client.Object) {
		// What is there already is looked at when all resources are followed.
		select {
		case listed <- struct{}{}:
			e.listed = true
		case <-ctx.Done():
		}
	}, func(old, obj client.Object) { c.served.Load().note(r, old, obj, enqueue) })
	return e
}

func (s *served) has(gvr schema.GroupVersionResource) bool {
	return slices.ContainsFunc(s.list, func(r *resource) bool { return r.info.Resource == gvr })
}

// recheck notes all objects that there are.
func (c *controller) recheck(enqueue func(loop.Key)) {
	s := c.served.Load()
	for _, r := range s.list {
		for _, obj := range r.objects.List(metav1.NamespaceAll) {
			s.note(r, nil, obj, enqueue)
		}
	}
}

// note finds out whether a change gives the collector something to do, without doing it.
func (s *served) note(r *resource, old, obj client.Object, enqueue func(loop.Key)) {
	if old != nil && (obj == nil || old.GetUID() != obj.GetUID()) {
		enqueue(goneKey(old.GetUID()))
		s.noteOwners(old, enqueue)
		old = nil
	}
	if obj == nil {
		return
	}
	if waits(obj) || releases(obj) {
		enqueue(objectKey(r, obj))
		return
	}
	refs := obj.GetOwnerReferences()
	if old != nil && slices.EqualFunc(old.GetOwnerReferences(), refs, sameReference) {
		return
	}
	if old != nil {
		s.noteOwners(old, enqueue)
	}
	s.noteOwners(obj, enqueue)
	for i := range refs {
		if s.standing(obj, &refs[i]) != Present {
			enqueue(objectKey(r, obj))
			return
		}
	}
}

// noteOwners looks at the owners that wait for the object to go.
func (s *served) noteOwners(obj client.Object, enqueue func(loop.Key)) {
	for _, ref := range obj.GetOwnerReferences() {
		if r, owner, _ := s.find(obj, &ref); owner != nil && waits(owner) {
			enqueue(objectKey(r, owner))
		}
	}
}

func sameReference(a, b metav1.OwnerReference) bool {
	return a.UID == b.UID && a.Name == b.Name && a.Kind == b.Kind && a.APIVersion == b.APIVersion &&
		(a.BlockOwnerDeletion != nil && *a.BlockOwnerDeletion) == (b.BlockOwnerDeletion != nil && *b.BlockOwnerDeletion)
}
