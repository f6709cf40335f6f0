package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"argosy.dev/store"
)

// patience is how long a step may take before the engine is taken to hang.
const patience = 30 * time.Second

// opened opens a store that is closed at the test's end.
func opened(t *testing.T, open Open) store.Store {
	t.Helper()
	return openedIn(t, open, t.TempDir())
}

func openedIn(t *testing.T, open Open, dir string) store.Store {
	t.Helper()
	s := open(t, dir)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func closed(t *testing.T, s store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func put(t *testing.T, s store.Store, key, value string, expect store.Revision) store.Revision {
	t.Helper()
	return commit(t, s, store.Change{Key: key, Value: []byte(value), Expect: expect})
}

func remove(t *testing.T, s store.Store, key string, expect store.Revision) store.Revision {
	t.Helper()
	return commit(t, s, store.Change{Key: key, Expect: expect})
}

func commit(t *testing.T, s store.Store, c store.Change) store.Revision {
	t.Helper()
	rev, err := s.Commit(limited(t), c)
	if err != nil {
		t.Fatalf("change of %s expecting %d: %v", c.Key, c.Expect, err)
	}
	return rev
}

// conflicts checks that c is refused because of current.
func conflicts(t *testing.T, s store.Store, c store.Change, current store.Revision) {
	t.Helper()
	rev, err := s.Commit(limited(t), c)
	var conflict *store.Conflict
	if !errors.Is(err, store.ErrConflict) || !errors.As(err, &conflict) {
		t.Fatalf("change of %s expecting %d: got revision %d, error %v, want a conflict", c.Key, c.Expect, rev, err)
	}
	if now := s.Revision(); conflict.Key != c.Key || conflict.Current != current || conflict.At != now {
		t.Fatalf("conflict: got %s at %d, seen at %d; want %s at %d, seen at %d", conflict.Key, conflict.Current, conflict.At, c.Key, current, now)
	}
}

// show gives an event as text: what a test compares.
func show(ev store.Event) string {
	if ev.Value == nil {
		return fmt.Sprintf("%d delete %s", ev.Revision, ev.Key)
	}
	return fmt.Sprintf("%d put %s=%s", ev.Revision, ev.Key, ev.Value)
}

func showAll(events []store.Event) []string {
	out := make([]string, len(events))
	for i, ev := range events {
		out[i] = show(ev)
	}
	return out
}

// records returns what a range of prefix gives, as text, and its revision.
func records(t *testing.T, s store.Store, prefix string) ([]string, store.Revision) {
	t.Helper()
	out := []string{}
	rev, err := s.Range(limited(t), prefix, func(r store.Record) error {
		out = append(out, fmt.Sprintf("%s=%s@%d", r.Key, r.Value, r.Revision))
		return nil
	})
	if err != nil {
		t.Fatalf("range of %q: %v", prefix, err)
	}
	return out, rev
}

func watch(t *testing.T, s store.Store, prefix string, after store.Revision) store.Watch {
	t.Helper()
	w, err := s.Watch(limited(t), prefix, after)
	if err != nil {
		t.Fatalf("watch of %q after %d: %v", prefix, after, err)
	}
	t.Cleanup(w.Close)
	return w
}

// readTo reads w until the event of revision last, checking that events are ordered and unique.
func readTo(t *testing.T, w store.Watch, last store.Revision) []store.Event {
	t.Helper()
	events, err := collect(limited(t), w, last)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// collect is readTo for goroutines that are not the test's.
func collect(ctx context.Context, w store.Watch, last store.Revision) (events []store.Event, err error) {
	var at store.Revision
	for at < last {
		batch, err := w.Next(ctx)
		if err != nil {
			return events, fmt.Errorf("watch: after revision %d, waiting for %d: %w", at, last, err)
		}
		if len(batch) == 0 {
			return events, errors.New("watch: an empty batch")
		}
		for _, ev := range batch {
			if ev.Revision <= at {
				return events, fmt.Errorf("watch: not ordered or not unique: %d comes after %d", ev.Revision, at)
			}
			at = ev.Revision
			events = append(events, ev)
		}
	}
	if at != last {
		return events, fmt.Errorf("watch: went past revision %d to %d: it is missing", last, at)
	}
	return events, nil
}

// gather runs n copies of f side by side and reports their errors.
func gather(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := f(i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
}
