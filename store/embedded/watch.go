package embedded

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"argosy.dev/store"
)

// Bounds of one batch of events.
const (
	maxBatch      = 1024
	maxBatchBytes = 1 << 20
)

var errBatchFull = errors.New("the batch is full")

// watch reads the stream of changes: from the log on disk until it has caught up, then along the links in memory, and
// from the log again after it lagged too far.
type watch struct {
	s      *Store
	prefix string

	// live is the link that was read up to; nil: the log is read. The publisher sets it to nil, never to anything else.
	live atomic.Pointer[link]

	next   sync.Mutex // one reader at a time
	cursor store.Revision

	closed    chan struct{}
	closeOnce sync.Once
}

// Watch implements store.Store.
func (s *Store) Watch(ctx context.Context, prefix string, after store.Revision) (store.Watch, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.err(); err != nil {
		return nil, err
	}
	switch {
	case after > s.published:
		return nil, fmt.Errorf("%w: watch after revision %d, the newest is %d", store.ErrFuture, after, s.published)
	case after < s.compacted:
		return nil, fmt.Errorf("%w: watch after revision %d, kept from %d", store.ErrCompacted, after, s.compacted)
	}
	if g, ok := inGap(s.gaps, after); ok {
		return nil, fmt.Errorf("%w: watch after revision %d, which a crash took back with all from %d", store.ErrCompacted, after, g.last+1)
	}
	w := &watch{s: s, prefix: prefix, cursor: after, closed: make(chan struct{})}
	if after == s.published {
		w.live.Store(s.tail)
	}
	s.watches[w] = struct{}{}
	return w, nil
}

// Close implements store.Watch.
func (w *watch) Close() {
	w.closeOnce.Do(func() {
		close(w.closed)
		w.s.mu.Lock()
		delete(w.s.watches, w)
		w.s.mu.Unlock()
		w.live.Store(nil)
	})
}

// Next implements store.Watch.
func (w *watch) Next(ctx context.Context) ([]store.Event, error) {
	w.next.Lock()
	defer w.next.Unlock()
	for {
		if err := w.err(ctx); err != nil {
			return nil, err
		}
		var events []store.Event
		var err error
		if l := w.live.Load(); l != nil {
			events, err = w.fromMemory(ctx, l)
		} else {
			events, err = w.fromLog()
		}
		if err != nil || len(events) > 0 {
			return events, err
		}
	}
}

func (w *watch) err(ctx context.Context) error {
	select {
	case <-w.closed:
		return store.ErrClosed
	default:
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.s.err()
}

// fromMemory waits for what follows l, and takes what more there is.
func (w *watch) fromMemory(ctx context.Context, l *link) (events []store.Event, err error) {
	select {
	case <-l.ready:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-w.closed:
		return nil, store.ErrClosed
	case <-w.s.failed:
		return nil, w.s.failure
	case <-w.s.ended:
		return nil, store.ErrClosed
	}
	for len(events) < maxBatch {
		select {
		case <-l.ready:
		default:
			return events, nil
		}
		for i := range l.events {
			if strings.HasPrefix(l.events[i].Key, w.prefix) {
				events = append(events, l.events[i])
			}
		}
		w.cursor = l.next.upto
		if !w.live.CompareAndSwap(l, l.next) {
			return events, nil
		}
		l = l.next
	}
	return events, nil
}

// fromLog reads on in the log, and returns to memory where it reaches its end.
func (w *watch) fromLog() (events []store.Event, err error) {
	s := w.s
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	v, err := s.view(logKey(w.cursor+1), after([]byte{spaceLog}))
	if err != nil {
		return nil, s.unreadable(err)
	}
	defer v.Close()
	if w.cursor < v.compacted {
		return nil, fmt.Errorf("%w: the watch had read up to revision %d, kept from %d", store.ErrCompacted, w.cursor, v.compacted)
	}
	scanned, bytes := 0, 0
	err = guard(func() error {
		return v.each(func(key, entry []byte) error {
			if scanned++; scanned > maxBatch || bytes > maxBatchBytes {
				return errBatchFull
			}
			rev, err := decodeRevision(key)
			if err != nil {
				return err
			}
			name, value, err := decodeLogEntry(entry)
			if err != nil {
				return fmt.Errorf("log entry %d: %w", rev, err)
			}
			bytes += len(entry)
			w.cursor = rev
			if strings.HasPrefix(name, w.prefix) {
				if value != nil {
					value = append(make([]byte, 0, len(value)), value...)
				}
				events = append(events, store.Event{Key: name, Value: value, Revision: rev})
			}
			return nil
		})
	})
	switch err {
	case nil:
		w.cursor = v.revision
		w.live.Store(v.tail)
		return events, nil
	case errBatchFull:
		return events, nil
	default:
		return nil, s.unreadable(err)
	}
}
