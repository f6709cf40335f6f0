package scheduler

import (
	"context"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/client"
)

// happening is one thing that has happened: one of its fields is set.
type happening struct {
	pod       change[*corev1.Pod]
	node      change[*corev1.Node]
	namespace change[*corev1.Namespace]
	// bound is a binding that failed, told a report that was written or failed.
	bound, told *outcome
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

func (s *Scheduler) followNodes(ctx context.Context) error {
	return s.nodes.FollowFrom(ctx, client.Scope{}, func(all []*corev1.Node) {
		list := make([]happening, len(all))
		for i, n := range all {
			list[i].node.now = n
		}
		s.inbox.put(list...)
		s.inbox.begun()
	}, func(was, now *corev1.Node) { s.inbox.put(happening{node: change[*corev1.Node]{was, now}}) })
}

func (s *Scheduler) followNamespaces(ctx context.Context) error {
	return s.namespaces.FollowFrom(ctx, client.Scope{}, func(all []*corev1.Namespace) {
		list := make([]happening, len(all))
		for i, n := range all {
			list[i].namespace.now = n
		}
		s.inbox.put(list...)
		s.inbox.begun()
	}, func(was, now *corev1.Namespace) {
		s.inbox.put(happening{namespace: change[*corev1.Namespace]{was, now}})
	})
}
