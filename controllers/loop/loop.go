package loop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"

	"argosy.dev/client"
)

// Key names the object that a reconcile is about; Namespace is empty for a cluster-wide one.
type Key = types.NamespacedName

// Controller is one loop. Its fields are set before Run and not changed after.
type Controller struct {
	// Name is short and constant: "replicaset".
	Name string
	// Sources say which keys to look at, and when.
	Sources []Source
	// Reconcile brings what a key names one step nearer to what is wanted. again > 0 asks for another look after that time. An error is
	// retried with a growing delay; conflicts and a namespace that is going are no news and are not logged.
	Reconcile func(ctx context.Context, key Key) (again time.Duration, err error)
	// Workers is how many keys are worked on at once; 0 is 4.
	Workers int
	// Delays of retries; 0 is 5 ms growing to 5 min.
	FirstRetry, LastRetry time.Duration
	Log                   *slog.Logger
}

// Source calls enqueue for the objects to look at, until ctx ends.
type Source func(ctx context.Context, enqueue func(Key)) error

// Objects looks at every object that is there, comes, changes or goes, under the keys that are made of it.
func Objects[T client.Object](r client.Resource[T], keys func(obj T) []Key) Source {
	return func(ctx context.Context, enqueue func(Key)) error {
		var none T
		return r.Follow(ctx, func(old, now T) {
			seen := make(map[Key]bool, 2)
			for _, obj := range [...]T{old, now} {
				if client.Object(obj) == client.Object(none) {
					continue
				}
				for _, k := range keys(obj) {
					if !seen[k] {
						seen[k] = true
						enqueue(k)
					}
				}
			}
		})
	}
}

// Self is the key of the object itself.
func Self[T client.Object](obj T) []Key {
	return []Key{{Namespace: obj.GetNamespace(), Name: obj.GetName()}}
}

// Owner returns a function that makes the key of the object's controller of that kind, none where it has no such controller.
func Owner[T client.Object](kind string) func(obj T) []Key {
	return func(obj T) []Key {
		ref := metav1.GetControllerOfNoCopy(obj)
		if ref == nil || ref.Kind != kind {
			return nil
		}
		return []Key{{Namespace: obj.GetNamespace(), Name: ref.Name}}
	}
}

// Run works until ctx ends. It returns when every worker is done, with an error only where a source broke.
func (c *Controller) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := workqueue.NewTypedRateLimitingQueueWithConfig(
		workqueue.NewTypedItemExponentialFailureRateLimiter[Key](orElse(c.FirstRetry, 5*time.Millisecond), orElse(c.LastRetry, 5*time.Minute)),
		workqueue.TypedRateLimitingQueueConfig[Key]{},
	)
	stop := context.AfterFunc(ctx, queue.ShutDown)
	defer stop()
	var running sync.WaitGroup
	for _, source := range c.Sources {
		running.Go(func() {
			if err := source(ctx, queue.Add); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("controller %s: %w", c.Name, err))
			}
		})
	}
	for range max(1, orElse(c.Workers, 4)) {
		running.Go(func() {
			for c.next(ctx, queue) {
			}
		})
	}
	running.Wait()
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) && !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return nil
}

func orElse[T comparable](v, otherwise T) T {
	var none T
	if v == none {
		return otherwise
	}
	return v
}

// next works on one key; false when the queue is shut down.
func (c *Controller) next(ctx context.Context, queue workqueue.TypedRateLimitingInterface[Key]) bool {
	key, shutdown := queue.Get()
	if shutdown {
		return false
	}
	defer queue.Done(key)
	again, err := c.Reconcile(ctx, key)
	switch {
	case ctx.Err() != nil:
		return false
	case err != nil:
		if !expected(err) && c.Log != nil {
			c.Log.Warn("a reconcile failed and is tried again", "controller", c.Name, "key", key.String(), "tries", queue.NumRequeues(key)+1, "error", err)
		}
		queue.AddRateLimited(key)
	default:
		queue.Forget(key)
		if again > 0 {
			queue.AddAfter(key, again)
		}
	}
	return true
}

// expected errors come with several writers and with namespaces that are going; the next look settles them.
func expected(err error) bool {
	return apierrors.IsConflict(err) || apierrors.HasStatusCause(err, "NamespaceTerminating")
}
