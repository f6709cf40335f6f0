package namespace

import (
	"context"
	"sync"

	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// remains are the objects of one resource in a namespace that is going.
type remains struct {
	resource  client.Info
	namespace string
}

// waitForRemains follows each of the remains that it is told of until there is no more of it, and then looks at the namespace again.
func (c *controller) waitForRemains(ctx context.Context, enqueue func(loop.Key)) error {
	var running sync.WaitGroup
	defer running.Wait()
	type id struct{ group, resource, namespace string }
	type end struct {
		id
		gone bool
	}
	following := map[id]bool{}
	over := make(chan end)
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case r := <-c.remaining:
			key := id{r.resource.Resource.Group, r.resource.Resource.Resource, r.namespace}
			if following[key] {
				continue
			}
			following[key] = true
			running.Go(func() {
				gone := c.untilGone(ctx, r)
				select {
				case over <- end{key, gone}:
				case <-ctx.Done():
				}
			})
		case e := <-over:
			delete(following, e.id)
			if e.gone {
				enqueue(loop.Key{Name: e.namespace})
			}
		}
	}
}

// untilGone waits until the namespace has nothing more of the resource; false where it could not be followed to the end.
func (c *controller) untilGone(ctx context.Context, r remains) (gone bool) {
	objects, err := client.Find[client.Object](c.cluster, r.resource.Resource)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	count := 0
	over := func() {
		if count == 0 {
			gone = true
			cancel()
		}
	}
	// It ends by being cancelled; where it ends by itself, a later look finds out why.
	_ = objects.FollowFrom(ctx, client.Scope{Namespace: r.namespace}, func(all []client.Object) {
		count = len(all)
		over()
	}, func(old, obj client.Object) {
		switch {
		case old == nil:
			count++
		case obj == nil:
			count--
			over()
		}
	})
	return gone
}
