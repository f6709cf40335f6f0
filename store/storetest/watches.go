package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"argosy.dev/store"
)

// history makes a little of everything and returns all its events.
func history(t *testing.T, s store.Store) []store.Event {
	t.Helper()
	var events []store.Event
	newest := map[string]store.Revision{}
	for i := range 60 {
		c := store.Change{Key: fmt.Sprintf("/%c/%d", 'a'+i%2, i%7), Value: fmt.Append(nil, i), Lazy: i%11 == 0}
		c.Expect = newest[c.Key]
		if i%5 == 0 && c.Expect > 0 {
			c.Value = nil
		}
		rev := commit(t, s, c)
		newest[c.Key] = rev
		if c.Value == nil {
			newest[c.Key] = 0
		}
		events = append(events, store.Event{Key: c.Key, Value: c.Value, Revision: rev})
	}
	return events
}

func testWatchFromEachRevision(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	first := watch(t, s, "", 0)
	want := history(t, s)
	last := want[len(want)-1].Revision
	if got := readTo(t, first, last); !slices.Equal(showAll(got), showAll(want)) {
		t.Fatalf("live watch: got %v, want %v", showAll(got), showAll(want))
	}
	for _, when := range []string{"at once", "after reopening"} {
		for i := range want {
			got := showAll(readTo(t, watch(t, s, "", want[i].Revision-1), last))
			if !slices.Equal(got, showAll(want[i:])) {
				t.Fatalf("%s, watch after %d: got %v, want %v", when, want[i].Revision-1, got, showAll(want[i:]))
			}
		}
		closed(t, s)
		s = openedIn(t, open, dir)
	}
	// From the past into the present.
	w := watch(t, s, "", last-3)
	next := put(t, s, "/new", "x", 0)
	if got := readTo(t, w, next); len(got) != 4 {
		t.Fatalf("watch over the newest change: got %v, want four events", showAll(got))
	}
}

func testWatchPrefix(t *testing.T, open Open) {
	s := opened(t, open)
	live := watch(t, s, "/a/", 0)
	want := slices.DeleteFunc(history(t, s), func(ev store.Event) bool { return ev.Key[:3] != "/a/" })
	last := want[len(want)-1].Revision
	for name, w := range map[string]store.Watch{"live": live, "from the start": watch(t, s, "/a/", 0)} {
		if got := showAll(readTo(t, w, last)); !slices.Equal(got, showAll(want)) {
			t.Errorf("%s: got %v, want %v", name, got, showAll(want))
		}
	}
}

func testWatchBounds(t *testing.T, open Open) {
	s := opened(t, open)
	last := history(t, s)[59].Revision
	if _, err := s.Watch(limited(t), "", last+1); !errors.Is(err, store.ErrFuture) {
		t.Errorf("watch after a revision not reached: got %v, want ErrFuture", err)
	}
	if _, err := s.Watch(limited(t), "", -1); !errors.Is(err, store.ErrCompacted) {
		t.Errorf("watch after a negative revision: got %v, want ErrCompacted", err)
	}
}

func testWatchSentBeforeCommitReturns(t *testing.T, open Open) {
	s := opened(t, open)
	w := watch(t, s, "", 0)
	for i := range 50 {
		rev := commit(t, s, store.Change{Key: fmt.Sprint("/", i), Value: []byte("x"), Lazy: i%3 == 0})
		// Sent means that Next need not wait for anything further to happen.
		events, err := w.Next(limited(t))
		if err != nil || len(events) != 1 || events[0].Revision != rev {
			t.Fatalf("change %d: got %v, %v", rev, showAll(events), err)
		}
	}
}

func testWatchOwnSlice(t *testing.T, open Open) {
	s := opened(t, open)
	one, two := watch(t, s, "", 0), watch(t, s, "", 0)
	last := put(t, s, "/a", "1", 0)
	clear(readTo(t, one, last))
	events, err := one.Next(cancelledSoon(t))
	if err == nil {
		t.Errorf("a second batch: got %v, want none", showAll(events))
	}
	if got := showAll(readTo(t, two, last)); got[0] != "1 put /a=1" {
		t.Errorf("the other watch's batch was changed: %v", got)
	}
}

func cancelledSoon(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	t.Cleanup(cancel)
	return ctx
}

func testWatchEnds(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	byWatch, byStore := watch(t, s, "", 0), watch(t, s, "", 0)
	ended := make(chan error, 2)
	for _, w := range []store.Watch{byWatch, byStore} {
		go func() {
			_, err := w.Next(limited(t))
			ended <- err
		}()
	}
	byWatch.Close()
	byWatch.Close()
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("next of a closed watch: got %v, want ErrClosed", err)
	}
	closed(t, s)
	if err := <-ended; !errors.Is(err, store.ErrClosed) {
		t.Errorf("next of a closed store: got %v, want ErrClosed", err)
	}
	for _, w := range []store.Watch{byWatch, byStore} {
		if _, err := w.Next(limited(t)); !errors.Is(err, store.ErrClosed) {
			t.Errorf("next after the end: got %v, want ErrClosed", err)
		}
	}
}

// backlog makes more changes than an engine may want to keep in memory.
func backlog(t *testing.T, s store.Store, key string, expect store.Revision) store.Revision {
	t.Helper()
	const writers, each = 16, 700
	gather(t, writers, func(i int) error {
		var rev store.Revision
		for n := range each {
			var err error
			rev, err = s.Commit(limited(t), store.Change{Key: fmt.Sprintf("%s/%d", key, i), Value: fmt.Appendf(nil, "%01000d", n), Expect: rev})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return s.Revision()
}

func testWatchSlow(t *testing.T, open Open) {
	s := opened(t, open)
	slow, started := watch(t, s, "", 0), watch(t, s, "", 0)
	first := put(t, s, "/first", "x", 0)
	readTo(t, started, first)
	last := backlog(t, s, "/a", 0)
	for name, c := range map[string]struct {
		w     store.Watch
		after store.Revision
	}{"never read": {slow, 0}, "stopped reading": {started, first}} {
		events, err := collect(limited(t), c.w, last)
		if errors.Is(err, store.ErrCompacted) {
			continue // past the engine's bound: it says so
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := int(last - c.after); len(events) != want {
			t.Fatalf("%s: not reliable: got %d events, want %d", name, len(events), want)
		}
	}
}

func testWatchSlowCompacted(t *testing.T, open Open) {
	s := opened(t, open)
	slow := watch(t, s, "", 0)
	last := backlog(t, s, "/a", 0)
	if err := s.Compact(limited(t), last); err != nil {
		t.Fatal(err)
	}
	events, err := collect(limited(t), slow, last)
	switch {
	case errors.Is(err, store.ErrCompacted):
		// What came before the end must be whole all the same.
		for i, ev := range events {
			if ev.Revision != store.Revision(i+1) {
				t.Fatalf("event %d has revision %d", i, ev.Revision)
			}
		}
	case err != nil:
		t.Fatal(err)
	case len(events) != int(last):
		t.Fatalf("not reliable: got %d events of %d and no error", len(events), last)
	}
}

func testAttachment(t *testing.T, open Open) {
	s := opened(t, open)
	w := watch(t, s, "", 0)
	type object struct{ name string }
	mine := &object{"mine"}
	last := commit(t, s, store.Change{Key: "/a", Value: []byte("x"), Attachment: mine})
	ev := readTo(t, w, last)[0]
	if ev.Attachment != nil && ev.Attachment != any(mine) {
		t.Errorf("attachment: got %v, want the writer's or none", ev.Attachment)
	}
}
