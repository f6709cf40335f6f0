package scheduler

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"

	"argosy.dev/client"
)

// happening is one thing that has happened: one of its fields is set.
type happening struct {
	pod       change[*corev1.Pod]
	node      change[*corev1.Node]
	namespace change[*corev1.Namespace]
	claim     change[*corev1.PersistentVolumeClaim]
	volume    change[*corev1.PersistentVolume]
	class     change[*storagev1.StorageClass]
	// bound is a binding that failed, told a report that was written or failed, chosen the choice of a pod's volumes that was written.
	bound, told, chosen *outcome
}

// change is an object that came (was is nil), changed, or went (now is nil).
type change[T any] struct{ was, now T }

// outcome is what came of writing something about a pod.
type outcome struct {
	pod    *corev1.Pod
	report report // what was written, for told
	err    error
}

// inbox collects what has happened.
type inbox struct {
	// wake is signalled when take may have something.
	wake chan struct{}

	mu       sync.Mutex
	happened []happening
	// missing is how many sources have not yet told what was there.
	missing int
}

func (b *inbox) put(h ...happening) {
	b.mu.Lock()
	b.happened = append(b.happened, h...)
	b.mu.Unlock()
	b.signal()
}

// begun notes that a source has told of all that was there.
func (b *inbox) begun() {
	b.mu.Lock()
	b.missing--
	b.mu.Unlock()
	b.signal()
}

func (b *inbox) signal() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// take returns what happened since it was last called. complete tells whether that, with what was taken before, is all that there is: before
// that, no decision can be made.
func (b *inbox) take() (happened []happening, complete bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	happened, b.happened = b.happened, nil
	return happened, b.missing == 0
}

// Followers, each to be run in a goroutine until ctx ends.

func (s *Scheduler) followPods(ctx context.Context) error {
	return s.pods.FollowFrom(ctx, client.Scope{}, func(all []*corev1.Pod) {
		// Who came first is tried first.
		slices.SortStableFunc(all, func(a, b *corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
		list := make([]happening, len(all))
		for i, p := range all {
			list[i].pod.now = p
		}
		s.inbox.put(list...)
		s.inbox.begun()
	}, func(was, now *corev1.Pod) { s.inbox.put(happening{pod: change[*corev1.Pod]{was, now}}) })
}

// followers are all of them.
func (s *Scheduler) followers() []func(context.Context) error {
	return []func(context.Context) error{
		s.followPods,
		follow(&s.inbox, s.nodes, func(c change[*corev1.Node]) happening { return happening{node: c} }),
		follow(&s.inbox, s.namespaces, func(c change[*corev1.Namespace]) happening { return happening{namespace: c} }),
		follow(&s.inbox, s.claims, func(c change[*corev1.PersistentVolumeClaim]) happening { return happening{claim: c} }),
		follow(&s.inbox, s.volumes, func(c change[*corev1.PersistentVolume]) happening { return happening{volume: c} }),
		follow(&s.inbox, s.classes, func(c change[*storagev1.StorageClass]) happening { return happening{class: c} }),
	}
}

// follow puts each change of a resource into the inbox.
func follow[T client.Object](b *inbox, of client.Resource[T], as func(change[T]) happening) func(context.Context) error {
	return func(ctx context.Context) error {
		return of.FollowFrom(ctx, client.Scope{}, func(all []T) {
			list := make([]happening, len(all))
			for i, obj := range all {
				list[i] = as(change[T]{now: obj})
			}
			b.put(list...)
			b.begun()
		}, func(was, now T) { b.put(as(change[T]{was, now})) })
	}
}
