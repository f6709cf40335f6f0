package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"argosy.dev/store"
	"github.com/cockroachdb/pebble/v2"
)

// Store is a store.Store on one directory.
//
// Who owns what: the queue has its own lock; committer.go's goroutine alone writes to the engine and owns the fields under
// "committer"; what readers and watchers see is under mu, and changes there only after it is durable.
type Store struct {
	dir     string
	log     *slog.Logger
	db      *pebble.DB
	space   *space
	release func() error // gives up the directory

	queue    queue
	requests sync.Pool // of *request, answered and done with

	// committer
	index     map[string]store.Revision // each key's newest revision, those in the group at hand included
	rev       store.Revision            // newest revision given out
	ceiling   store.Revision            // durable bound of lazy changes, see gap; 0: none was made yet
	lazy      bool                      // lazy changes wait to become durable, and lazyTimer runs
	lazyTimer *time.Timer
	committed chan struct{} // closed when the committer has ended

	mu        sync.RWMutex
	published store.Revision
	compacted store.Revision
	gaps      []gap
	// snapshot is the engine at published while a newer batch is on its way to the disk, else nil.
	snapshot *pebble.Snapshot
	tail     *link
	watches  map[*watch]struct{}

	// failed is closed, after failure is set, when the engine gave up.
	failed   chan struct{}
	failure  error
	failOnce sync.Once

	// ended is closed when the store is closed: reads and watches stop. life keeps late readers out of a closing engine.
	ended     chan struct{}
	life      sync.Mutex
	readers   sync.WaitGroup
	closeOnce sync.Once
	closeErr  error
}

var _ store.Store = (*Store)(nil)

// fail ends the store's writing for good, because of cause.
func (s *Store) fail(cause error) {
	s.failOnce.Do(func() {
		s.failure = fmt.Errorf("%w: its engine failed in %s, restart to recover what is on disk: %w", store.ErrClosed, s.dir, cause)
		s.log.Error("The store failed and takes no more changes", "dir", s.dir, "err", cause)
		close(s.failed)
	})
}

// err is why the store cannot be used any more, or nil.
func (s *Store) err() error {
	select {
	case <-s.failed:
		return s.failure
	default:
	}
	select {
	case <-s.ended:
		return store.ErrClosed
	default:
		return nil
	}
}

// enter begins a read of the engine; leave must follow where it succeeds.
func (s *Store) enter() error {
	s.life.Lock()
	defer s.life.Unlock()
	if err := s.err(); err != nil {
		return err
	}
	s.readers.Add(1)
	return nil
}

func (s *Store) leave() { s.readers.Done() }

// Revision implements store.Store.
func (s *Store) Revision() store.Revision {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.published
}

// Compacted implements store.Store.
func (s *Store) Compacted() store.Revision {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.compacted
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.closeOnce.Do(func() { s.closeErr = s.close() })
	return s.closeErr
}

// patience bounds how long Close waits for a full disk to have room again, and for the engine to bring its buffer in
// order, which only makes the next start quicker.
const patience = 5 * time.Second

func (s *Store) close() error {
	s.queue.close()
	s.awaitCommitter()
	s.life.Lock()
	close(s.ended)
	s.life.Unlock()
	s.readers.Wait()

	if full, _ := s.space.admit(); full == nil && s.err() == store.ErrClosed {
		s.flush()
	}
	s.space.close()
	var err error
	select {
	case <-s.failed:
		// The engine may hold its locks for ever; it is left as it is, and the directory goes with the process.
		return s.failure
	default:
		err = guard(s.db.Close)
	}
	if err != nil {
		err = fmt.Errorf("closing the store in %s: %w", s.dir, err)
	}
	return errors.Join(err, s.release())
}

func (s *Store) awaitCommitter() {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for {
		select {
		case <-s.committed:
			return
		case <-s.failed:
			return
		case <-timer.C:
			if s.space.waiting.Load() > 0 {
				s.space.close()
			}
		}
	}
}

func (s *Store) flush() {
	_ = guard(func() error {
		done, err := s.db.AsyncFlush()
		if err != nil {
			return err
		}
		select {
		case <-done:
		case <-s.failed:
		case <-time.After(patience):
		}
		return nil
	})
}
