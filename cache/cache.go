package cache

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"argosy.dev/store"
)

// root is the prefix of everything that the cache follows.
const root = "/registry/"

// Cache follows one store with a table for each kind.
type Cache struct {
	store   store.Store
	log     *slog.Logger
	applied atomic.Int64

	// feed is held while events are taken in, and while a table is added.
	feed   sync.Mutex
	tables []*Table // by descending prefix, so that the longest is found first

	waitMu  sync.Mutex
	waiters []waiter

	cancel context.CancelFunc
	done   chan struct{}
	failed error // set before done is closed
}

type waiter struct {
	rev  store.Revision
	done chan struct{}
}

// Open starts to follow the store from its newest revision. Tables are added with Add, before or after.
func Open(s store.Store, log *slog.Logger) (*Cache, error) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &Cache{store: s, log: log, cancel: cancel, done: make(chan struct{})}
	rev := s.Revision()
	w, err := s.Watch(ctx, root, rev)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("following the store from revision %d: %w", rev, err)
	}
	c.applied.Store(int64(rev))
	go c.follow(ctx, w)
	return c, nil
}

// Add loads one kind and keeps it up to date from then on.
func (c *Cache) Add(ctx context.Context, config Config) (*Table, error) {
	t := newTable(config, c.Applied)
	c.feed.Lock()
	defer c.feed.Unlock()
	if err := c.fill(ctx, t); err != nil {
		return nil, err
	}
	c.tables = append(c.tables, t)
	sort.Slice(c.tables, func(i, j int) bool { return c.tables[i].config.Prefix > c.tables[j].config.Prefix })
	return t, nil
}

// Remove closes a table and forgets it; the store keeps what it holds.
func (c *Cache) Remove(t *Table) {
	c.feed.Lock()
	defer c.feed.Unlock()
	for i := range c.tables {
		if c.tables[i] == t {
			c.tables = append(c.tables[:i:i], c.tables[i+1:]...)
			break
		}
	}
	t.close()
}

// fill loads the newest state of a table. A record that cannot be decoded is left out and reported.
func (c *Cache) fill(ctx context.Context, t *Table) error {
	var entries []*Entry
	var same fields
	rev, err := c.store.Range(ctx, t.config.Prefix, func(r store.Record) error {
		if t.nested(c.tables, r.Key) {
			return nil
		}
		obj, err := t.config.Decode(r.Value)
		if err != nil {
			c.log.Error("a stored object cannot be decoded and is left out", "key", r.Key, "revision", r.Revision, "error", err)
			return nil
		}
		same.share(obj)
		entries = append(entries, newEntry(r.Key[len(t.config.Prefix):], obj, r.Revision, t.config.Encode))
		return nil
	})
	if err != nil {
		return fmt.Errorf("loading %s: %w", t.config.Prefix, err)
	}
	t.load(entries, rev)
	return nil
}

// nested tells whether another table with a longer prefix owns the key.
func (t *Table) nested(tables []*Table, key string) bool {
	for _, o := range tables {
		if len(o.config.Prefix) > len(t.config.Prefix) && o.owns(key) {
			return true
		}
	}
	return false
}

// Applied is the newest revision that every table has taken in.
func (c *Cache) Applied() store.Revision { return store.Revision(c.applied.Load()) }

// WaitFor blocks until Applied has reached rev.
func (c *Cache) WaitFor(ctx context.Context, rev store.Revision) error {
	if c.Applied() >= rev {
		return nil
	}
	c.waitMu.Lock()
	if c.Applied() >= rev {
		c.waitMu.Unlock()
		return nil
	}
	w := waiter{rev: rev, done: make(chan struct{})}
	c.waiters = append(c.waiters, w)
	c.waitMu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-c.done:
		return c.failed
	}
}

// Done is closed when the cache has stopped following, by Close or because the store failed.
func (c *Cache) Done() <-chan struct{} { return c.done }

// Close stops following and ends every watch.
func (c *Cache) Close() {
	c.cancel()
	<-c.done
}

func (c *Cache) follow(ctx context.Context, w store.Watch) {
	defer func() {
		w.Close()
		c.feed.Lock()
		for _, t := range c.tables {
			t.close()
		}
		c.feed.Unlock()
		close(c.done)
	}()
	for {
		events, err := w.Next(ctx)
		if errors.Is(err, store.ErrCompacted) {
			w.Close()
			if w, err = c.reload(ctx); err == nil {
				continue
			}
		}
		if err != nil {
			c.failed = fmt.Errorf("the cache no longer follows the store: %w", err)
			return
		}
		c.take(events)
	}
}

// take applies a batch and announces it.
func (c *Cache) take(events []store.Event) {
	now := time.Now()
	c.feed.Lock()
	for _, ev := range events {
		for _, t := range c.tables {
			if t.owns(ev.Key) {
				if err := t.apply(ev, now); err != nil {
					c.log.Error("a changed object cannot be decoded; the copy before it stays", "key", ev.Key, "revision", ev.Revision, "error", err)
				}
				break
			}
		}
	}
	c.feed.Unlock()
	c.announce(events[len(events)-1].Revision)
}

func (c *Cache) announce(rev store.Revision) {
	c.waitMu.Lock()
	c.applied.Store(int64(rev))
	kept := c.waiters[:0]
	for _, w := range c.waiters {
		if w.rev <= rev {
			close(w.done)
		} else {
			kept = append(kept, w)
		}
	}
	clear(c.waiters[len(kept):])
	c.waiters = kept
	c.waitMu.Unlock()
}

// reload starts over after the store has forgotten what the cache had not read yet. Watches end with ErrExpired.
func (c *Cache) reload(ctx context.Context) (store.Watch, error) {
	c.log.Warn("the cache fell behind the store's history and loads everything anew")
	rev := c.store.Revision()
	w, err := c.store.Watch(ctx, root, rev)
	if err != nil {
		return closedWatch{}, err
	}
	c.feed.Lock()
	defer c.feed.Unlock()
	for _, t := range c.tables {
		if err := c.fill(ctx, t); err != nil {
			return w, err
		}
	}
	c.announce(rev)
	return w, nil
}

type closedWatch struct{}

func (closedWatch) Next(context.Context) ([]store.Event, error) { return nil, store.ErrClosed }
func (closedWatch) Close()                                      {}
