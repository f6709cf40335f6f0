package embedded

import (
	"argosy.dev/store"
)

// Bounds of what is kept in memory for a watcher that lags; past either it reads the log on disk instead.
const (
	maxLagEvents = 4096
	maxLagBytes  = 8 << 20
)

// link is a place in the stream of published changes: what follows it, once there is something. The store holds only
// the newest link, a watcher the one it has read up to. So events, and the attachments in them, are in memory exactly
// until the slowest watcher has read them, once, however many watch; and with no watcher they are garbage at once.
type link struct {
	// upto is the newest revision before this place; lag sums up all events before it.
	upto store.Revision
	lag  lag

	// ready is closed when events and next are set.
	ready  chan struct{}
	events []store.Event
	next   *link
}

type lag struct{ events, bytes int64 }

func (l lag) past(m lag) bool {
	return l.events-m.events > maxLagEvents || l.bytes-m.bytes > maxLagBytes
}

func newLink(upto store.Revision) *link { return &link{upto: upto, ready: make(chan struct{})} }

// publish makes the changes up to rev visible to readers and watchers, all at once.
func (s *Store) publish(events []store.Event, rev store.Revision) {
	tail := newLink(rev)
	s.mu.Lock()
	before := s.tail
	tail.lag = before.lag
	for i := range events {
		tail.lag.events++
		tail.lag.bytes += int64(len(events[i].Value))
	}
	before.events, before.next = events, tail
	s.tail, s.published = tail, rev
	snapshot := s.snapshot
	s.snapshot = nil
	for w := range s.watches {
		if l := w.live.Load(); l != nil && tail.lag.past(l.lag) {
			w.live.CompareAndSwap(l, nil)
		}
	}
	s.mu.Unlock()
	close(before.ready)
	if snapshot != nil {
		// What it could report, the next batch reports better.
		_ = snapshot.Close()
	}
}
