package cache

import (
	"context"
	"sync"

	"argosy.dev/store"
)

// Scope narrows a watch to what its reader can want, so that others' changes do not wake it. It is a superset filter: the
// reader still checks what it gets (an index value may just have been left). Name and Index need not both be set.
type Scope struct {
	// Namespace: "" is all.
	Namespace string
	// Key: one object; "" is all.
	Key string
	// Index and Value: objects found under that index value before or after the change.
	Index, Value string
	// States is for readers that want to know what is, not every step on the way: they are never dropped, and where
	// the cache had to start over they get the difference.
	States bool
}

// maxPending is how many changes may wait for a watch's reader before it is dropped.
const maxPending = 65536

// Watch is one reader's ordered stream of changes.
type Watch struct {
	table *Table
	scope Scope
	wake  chan struct{}

	mu      sync.Mutex
	pending []*Change
	err     error
}

// Watch starts a stream of the changes after rev: first those of the kept history, then each as it comes. ErrExpired where the
// history does not reach back, ErrFuture where the cache has not got to rev.
func (t *Table) Watch(rev store.Revision, scope Scope) (*Watch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, ErrClosed
	}
	if rev > t.applied() && rev > t.newest() {
		return nil, ErrFuture
	}
	later, ok := t.history.after(rev)
	if !ok {
		return nil, ErrExpired
	}
	return t.subscribe(scope, later), nil
}

// ListAndWatch lists the newest state and starts the stream of what follows it, with nothing between.
func (t *Table) ListAndWatch(scope Scope) ([]*Entry, store.Revision, *Watch, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, 0, nil, ErrClosed
	}
	rev := max(t.applied(), t.newest())
	var list []*Entry
	switch {
	case scope.Key != "":
		if e, ok := t.entries.Get(&Entry{Key: scope.Key}); ok {
			list = append(list, e)
		}
	case scope.Index != "":
		for _, e := range t.indexes[scope.Index][scope.Value] {
			list = append(list, e)
		}
	default:
		from, end := bounds(Range{Namespace: scope.Namespace})
		t.entries.AscendGreaterOrEqual(&Entry{Key: from}, func(e *Entry) bool {
			if end != "" && e.Key >= end {
				return false
			}
			list = append(list, e)
			return true
		})
	}
	return list, rev, t.subscribe(scope, nil), nil
}

// newest is the revision of the table's last change, which the cache as a whole may not have announced yet.
func (t *Table) newest() store.Revision {
	if n := len(t.history.changes); n > 0 {
		return t.history.changes[n-1].Revision
	}
	return t.history.floor
}

func (t *Table) subscribe(scope Scope, earlier []*Change) *Watch {
	w := &Watch{table: t, scope: scope, wake: make(chan struct{}, 1)}
	for _, c := range earlier {
		if t.inScope(scope, c) {
			w.pending = append(w.pending, c)
		}
	}
	if len(w.pending) > 0 {
		w.wake <- struct{}{}
	}
	t.watches.add(w)
	return w
}

func (t *Table) inScope(s Scope, c *Change) bool {
	if s.Namespace != "" && c.Entry.Namespace() != s.Namespace {
		return false
	}
	if s.Key != "" && c.Entry.Key != s.Key {
		return false
	}
	if s.Index == "" {
		return true
	}
	for _, e := range [...]*Entry{c.Entry, c.Prev} {
		if e == nil {
			continue
		}
		for _, v := range t.config.Indexes[s.Index](e.Object) {
			if v == s.Value {
				return true
			}
		}
	}
	return false
}

// Next blocks for the next changes, in order, never none. After an error the watch is over.
func (w *Watch) Next(ctx context.Context) ([]*Change, error) {
	for {
		if list, err := w.Take(); err != nil || len(list) > 0 {
			return list, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-w.wake:
		}
	}
}

// Ready is signalled when Take may have something; for readers that wait for more than one thing.
func (w *Watch) Ready() <-chan struct{} { return w.wake }

// Take returns what waits, possibly nothing, without blocking.
func (w *Watch) Take() ([]*Change, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.pending) > 0 {
		list := w.pending
		w.pending = nil
		return list, nil
	}
	return nil, w.err
}

// Progress returns a revision up to which the reader has been given every change; ok is false while some wait.
func (w *Watch) Progress() (rev store.Revision, ok bool) {
	// Changes are handed out before the cache announces their revision: what is announced and not waiting was taken.
	rev = w.table.applied()
	w.mu.Lock()
	defer w.mu.Unlock()
	return rev, len(w.pending) == 0 && w.err == nil
}

// Close ends the stream. It may be called more than once.
func (w *Watch) Close() {
	w.table.mu.Lock()
	w.table.watches.remove(w)
	w.table.mu.Unlock()
	w.end(ErrClosed)
}

func (w *Watch) push(c *Change) (slow bool) {
	w.mu.Lock()
	if w.err != nil {
		w.mu.Unlock()
		return false
	}
	if len(w.pending) >= maxPending && !w.scope.States {
		w.pending, w.err, slow = nil, ErrSlow, true
	} else {
		w.pending = append(w.pending, c)
	}
	w.mu.Unlock()
	w.signal()
	return slow
}

func (w *Watch) end(err error) {
	w.mu.Lock()
	if w.err == nil {
		w.err = err
	}
	w.mu.Unlock()
	w.signal()
}

func (w *Watch) signal() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}
