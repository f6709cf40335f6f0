package embedded

import (
	"encoding/binary"
	"fmt"
	"time"

	"argosy.dev/store"
	"github.com/cockroachdb/pebble/v2"
)

// lazyDelay is how long a lazy change may wait to become durable.
const lazyDelay = time.Second

// run is the committer: it takes all requests that wait, makes them durable with one sync, publishes them and answers,
// and does so again. While it waits for the disk the next group gathers, so that it never needs to wait for company.
func (s *Store) run() {
	defer close(s.committed)
	defer s.lazyTimer.Stop()
	for {
		select {
		case <-s.queue.wake:
		case <-s.lazyTimer.C:
			s.lazy = false
			if !s.work(func() error { return s.db.LogData(nil, pebble.Sync) }) {
				return
			}
		case <-s.failed:
			return
		}
		for {
			group, closed := s.queue.take()
			if len(group) == 0 {
				if closed {
					s.work(s.settle)
					return
				}
				break
			}
			if !s.work(func() error { return s.commit(group) }) {
				return
			}
		}
	}
}

// work runs f, which writes to the engine; any error is the end of the store: what is on disk is not known any more.
func (s *Store) work(f func() error) bool {
	if err := guard(f); err != nil {
		s.fail(err)
		return false
	}
	return true
}

// settle makes lazy changes durable and marks that none are in flight.
func (s *Store) settle() error {
	if s.ceiling == 0 {
		return nil
	}
	return s.db.Delete(metaKey(metaCeiling), pebble.Sync)
}

// commit decides and writes one group.
func (s *Store) commit(group []*request) error {
	b := s.db.NewBatch()
	defer b.Close()
	noRoom, noRoomToDelete := s.space.admit()
	events := make([]store.Event, 0, len(group))
	durable, lazy := false, false
	for _, r := range group {
		c := &r.change
		switch current := s.index[c.Key]; {
		case r.compact > 0:
			// Taken on a full disk too: it is what makes room.
			r.err = s.compact(b, r.compact)
			durable = durable || r.err == nil
		case noRoom != nil && c.Value != nil:
			r.err = noRoom
		case noRoomToDelete != nil && c.Value == nil:
			r.err = noRoomToDelete
		case current != c.Expect:
			r.err = &store.Conflict{Key: c.Key, Current: current, At: s.rev}
		default:
			s.rev++
			r.rev = s.rev
			if err := s.change(b, c, r.rev); err != nil {
				return err
			}
			events = append(events, store.Event{Key: c.Key, Value: c.Value, Revision: r.rev, Attachment: c.Attachment})
			durable = durable || !c.Lazy
			lazy = lazy || c.Lazy
		}
	}
	if b.Count() > 0 {
		durable = s.raiseCeiling(b, lazy, durable)
		if err := s.write(b, durable); err != nil {
			return err
		}
		s.publish(events, s.rev)
	}
	for _, r := range group {
		r.done <- struct{}{}
	}
	clear(group) // the queue keeps the slice, and must not keep what a writer who gave up had attached
	return nil
}

// change adds one change to the batch.
func (s *Store) change(b *pebble.Batch, c *store.Change, rev store.Revision) error {
	header := logEntryHeader(c)
	entry := b.SetDeferred(9, len(header)+len(c.Value))
	entry.Key[0] = spaceLog
	binary.BigEndian.PutUint64(entry.Key[1:], uint64(rev))
	copy(entry.Value[copy(entry.Value, header):], c.Value)
	if err := entry.Finish(); err != nil {
		return err
	}
	if c.Value == nil {
		delete(s.index, c.Key)
		return b.Delete(keyOf(c.Key), nil)
	}
	s.index[c.Key] = rev
	record := b.SetDeferred(1+len(c.Key), 8+len(c.Value))
	record.Key[0] = spaceKeys
	copy(record.Key[1:], c.Key)
	binary.BigEndian.PutUint64(record.Value, uint64(rev))
	copy(record.Value[8:], c.Value)
	return record.Finish()
}

// compact adds the forgetting of history to the batch. Readers are told first, so that none takes a log that is being
// cut for a whole one.
func (s *Store) compact(b *pebble.Batch, rev store.Revision) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case rev > s.published:
		return fmt.Errorf("%w: compaction up to revision %d, the newest is %d", store.ErrFuture, rev, s.published)
	case rev <= s.compacted:
		return fmt.Errorf("%w: compaction up to revision %d, done up to %d", store.ErrCompacted, rev, s.compacted)
	}
	if g, ok := inGap(s.gaps, rev); ok {
		rev = g.next // nothing lies between, and a watch must be able to start there
	}
	from := s.compacted + 1
	s.compacted = rev
	s.gaps = gapsAfter(s.gaps, rev)
	if err := b.DeleteRange(logKey(from), logKey(rev+1), nil); err != nil {
		return err
	}
	if err := b.Set(metaKey(metaGaps), encodeGaps(s.gaps), nil); err != nil {
		return err
	}
	return b.Set(metaKey(metaCompacted), appendRevision(nil, rev), nil)
}

// raiseCeiling adds a higher ceiling to the batch where its lazy changes pass the durable one, or where a durable batch can
// carry it along in time. It returns whether the batch must be durable.
func (s *Store) raiseCeiling(b *pebble.Batch, lazy, durable bool) bool {
	passed := lazy && s.rev > s.ceiling
	near := s.ceiling > 0 && s.ceiling-s.rev < lazyReserve/2
	if passed || (durable && near) {
		s.ceiling = s.rev + lazyReserve
		// Set fails only on a batch of gigabytes.
		_ = b.Set(metaKey(metaCeiling), appendRevision(nil, s.ceiling), nil)
		return true
	}
	return durable
}

// write brings the batch to the engine and, where durable, to the disk. Until publish, readers see a snapshot from before.
func (s *Store) write(b *pebble.Batch, durable bool) error {
	snapshot := s.db.NewSnapshot()
	s.mu.Lock()
	s.snapshot = snapshot
	s.mu.Unlock()
	if !durable {
		if err := s.db.Apply(b, pebble.NoSync); err != nil {
			return err
		}
		if !s.lazy {
			s.lazy = true
			s.lazyTimer.Reset(lazyDelay)
		}
		return nil
	}
	s.lazy = false
	s.lazyTimer.Stop()
	return s.db.Apply(b, pebble.Sync)
}
