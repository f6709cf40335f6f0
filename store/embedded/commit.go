package embedded

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"argosy.dev/store"
)

// Bounds of one group. More bytes would have the engine take the group around its write buffer, at several syncs.
const (
	maxGroup      = 4096
	maxGroupBytes = 768 << 10
)

// request is one change, or one compaction, on its way through the committer.
type request struct {
	change  store.Change
	compact store.Revision // > 0: forget history up to here; change is empty

	// The answer, the committer's until done receives.
	rev  store.Revision
	err  error
	done chan struct{}
}

func (r *request) size() int { return len(r.change.Key) + len(r.change.Value) }

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, c store.Change) (store.Revision, error) {
	if c.Key == "" {
		return 0, errors.New("committing a change: it has no key")
	}
	if c.Value == nil && c.Expect == 0 {
		return 0, fmt.Errorf("committing a deletion of %q: it must expect the revision to delete", c.Key)
	}
	return s.submit(ctx, c, 0)
}

// Compact implements store.Store.
func (s *Store) Compact(ctx context.Context, rev store.Revision) error {
	if rev <= 0 {
		return fmt.Errorf("%w: compaction up to revision %d", store.ErrCompacted, rev)
	}
	_, err := s.submit(ctx, store.Change{}, rev)
	return err
}

func (s *Store) submit(ctx context.Context, c store.Change, compact store.Revision) (store.Revision, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.err(); err != nil {
		return 0, err
	}
	r, ok := s.requests.Get().(*request)
	if !ok {
		r = &request{done: make(chan struct{}, 1)}
	}
	r.change, r.compact, r.rev, r.err = c, compact, 0, nil
	if !s.queue.put(r) {
		return 0, store.ErrClosed
	}
	if s.space.waiting.Load() > 0 {
		s.refuseQueued()
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return 0, fmt.Errorf("waiting for the %s to become durable: %w", describe(c, compact), ctx.Err())
	case <-s.failed:
		select {
		case <-r.done:
		default:
			return 0, s.failure
		}
	}
	rev, err := r.rev, r.err
	r.change = store.Change{}
	s.requests.Put(r)
	return rev, err
}

// refuseQueued answers what waits for the committer while a full disk holds it up.
func (s *Store) refuseQueued() { s.queue.refuse(fmt.Errorf("%w (%s)", store.ErrNoSpace, s.dir)) }

func describe(c store.Change, compact store.Revision) string {
	if compact > 0 {
		return fmt.Sprintf("compaction up to revision %d", compact)
	}
	return fmt.Sprintf("change of %q", c.Key)
}

// queue holds the requests that wait for the committer.
type queue struct {
	mu      sync.Mutex
	waiting []*request
	spare   []*request
	closed  bool
	wake    chan struct{}
}

func newQueue() queue { return queue{wake: make(chan struct{}, 1)} }

func (q *queue) put(r *request) bool {
	q.mu.Lock()
	if q.closed {
		q.mu.Unlock()
		return false
	}
	q.waiting = append(q.waiting, r)
	q.mu.Unlock()
	q.signal()
	return true
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// take returns the next group, good until the call after the next; closed says that nothing comes after an empty one.
func (q *queue) take() (group []*request, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n, bytes := 0, 0
	for n < len(q.waiting) && n < maxGroup && (n == 0 || bytes+q.waiting[n].size() <= maxGroupBytes) {
		bytes += q.waiting[n].size()
		n++
	}
	if n < len(q.waiting) {
		group = append([]*request(nil), q.waiting[:n]...)
		q.waiting = append(q.waiting[:0], q.waiting[n:]...)
		return group, false
	}
	group, q.waiting, q.spare = q.waiting, q.spare[:0], q.waiting
	return group, q.closed
}

// refuse answers all that wait with err.
func (q *queue) refuse(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.waiting {
		r.err = err
		r.done <- struct{}{}
	}
	q.waiting = q.waiting[:0]
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}
