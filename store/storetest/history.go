package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"argosy.dev/store"
)

func testCompact(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	want := history(t, s)
	last := want[len(want)-1].Revision
	live := watch(t, s, "", 20)
	for rev, wantErr := range map[store.Revision]error{0: store.ErrCompacted, -1: store.ErrCompacted, last + 1: store.ErrFuture} {
		if err := s.Compact(limited(t), rev); !errors.Is(err, wantErr) {
			t.Errorf("compaction up to %d: got %v, want %v", rev, err, wantErr)
		}
	}
	if got := s.Compacted(); got != 0 {
		t.Errorf("refused compactions moved it to %d", got)
	}
	for _, rev := range []store.Revision{10, 30} {
		if err := s.Compact(limited(t), rev); err != nil {
			t.Fatal(err)
		}
		if got := s.Compacted(); got != rev {
			t.Errorf("compacted: got %d, want %d", got, rev)
		}
	}
	for _, when := range []string{"at once", "after reopening"} {
		if err := s.Compact(limited(t), 30); !errors.Is(err, store.ErrCompacted) {
			t.Errorf("%s, compaction up to 30 again: got %v, want ErrCompacted", when, err)
		}
		for _, after := range []store.Revision{0, 9, 29} {
			if _, err := s.Watch(limited(t), "", after); !errors.Is(err, store.ErrCompacted) {
				t.Errorf("%s, watch after %d: got %v, want ErrCompacted", when, after, err)
			}
		}
		for _, after := range []store.Revision{30, 31, last - 1} {
			got := showAll(readTo(t, watch(t, s, "", after), last))
			if !slices.Equal(got, showAll(want[after:])) {
				t.Errorf("%s, watch after %d: got %v, want %v", when, after, got, showAll(want[after:]))
			}
		}
		if when == "at once" {
			// Begun before the compaction: whole, or told that it is not.
			events, err := collect(limited(t), live, last)
			if err == nil && len(events) != int(last-20) || err != nil && !errors.Is(err, store.ErrCompacted) {
				t.Errorf("a watch begun before the compaction: %d events, %v", len(events), err)
			}
		}
		closed(t, s)
		s = openedIn(t, open, dir)
		if got := s.Compacted(); got != 30 {
			t.Errorf("compacted after reopening: got %d, want 30", got)
		}
	}
}

func testCompactKeepsNewest(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	history(t, s)
	before, rev := records(t, s, "")
	if err := s.Compact(limited(t), rev); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"at once", "after reopening"} {
		if after, at := records(t, s, ""); !slices.Equal(after, before) || at != rev {
			t.Errorf("%s: got %v at %d, want %v at %d", when, after, at, before, rev)
		}
		closed(t, s)
		s = openedIn(t, open, dir)
		if got := s.Revision(); got != rev {
			t.Errorf("revision after reopening: got %d, want %d", got, rev)
		}
	}
	if got := put(t, s, "/next", "x", 0); got != rev+1 {
		t.Errorf("next change: got revision %d, want %d", got, rev+1)
	}
}

func testClose(t *testing.T, open Open) {
	s := open(t, t.TempDir())
	put(t, s, "/a", "1", 0)
	gather(t, 4, func(int) error { return s.Close() })
	check := func(what string, err error) {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s after close: got %v, want ErrClosed", what, err)
		}
	}
	_, err := s.Commit(limited(t), store.Change{Key: "/b", Value: []byte("x")})
	check("commit", err)
	_, _, err = s.Get(limited(t), "/a")
	check("get", err)
	_, err = s.Range(limited(t), "", func(store.Record) error { return nil })
	check("range", err)
	_, err = s.Watch(limited(t), "", 0)
	check("watch", err)
	check("compact", s.Compact(limited(t), 1))
	if s.Revision() != 1 {
		t.Errorf("revision after close: got %d, want 1", s.Revision())
	}
}

// testCloseWhileBusy closes under writers, readers and watchers: each gets an answer or ErrClosed, and what was
// acknowledged is there.
func testCloseWhileBusy(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	var mu sync.Mutex
	acknowledged := map[string]bool{}
	busy := make(chan struct{}, 1)
	var once sync.Once
	done := make(chan struct{})
	go func() {
		defer close(done)
		<-busy
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	gather(t, 24, func(i int) error {
		for n := 0; ; n++ {
			var err error
			switch i % 6 {
			case 4:
				_, err = s.Range(limited(t), "", func(store.Record) error { return nil })
			case 5:
				var w store.Watch
				if w, err = s.Watch(limited(t), "", 0); err == nil {
					_, err = w.Next(limited(t))
				}
			default:
				key := fmt.Sprintf("/%d/%d", i, n)
				if _, err = s.Commit(limited(t), store.Change{Key: key, Value: []byte(key)}); err == nil {
					mu.Lock()
					acknowledged[key] = true
					enough := len(acknowledged) >= 500
					mu.Unlock()
					if enough {
						once.Do(func() { busy <- struct{}{} })
					}
				}
			}
			if errors.Is(err, store.ErrClosed) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
	<-done
	s = openedIn(t, open, dir)
	found := map[string]bool{}
	if _, err := s.Range(limited(t), "", func(r store.Record) error {
		found[r.Key] = true
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for key := range acknowledged {
		if !found[key] {
			t.Errorf("%s was acknowledged and is lost", key)
		}
	}
}

func testReopen(t *testing.T, open Open) {
	dir := t.TempDir()
	var before []string
	var rev store.Revision
	for round := range 4 {
		s := open(t, dir)
		if got := s.Revision(); got != rev {
			t.Fatalf("round %d: revision after reopening: got %d, want %d", round, got, rev)
		}
		if got, _ := records(t, s, ""); !slices.Equal(got, before) && round > 0 {
			t.Fatalf("round %d: got %v, want %v", round, got, before)
		}
		if round > 0 {
			conflicts(t, s, store.Change{Key: "/round/0", Value: []byte("x")}, 1)
		}
		rev = put(t, s, fmt.Sprintf("/round/%d", round), "x", 0)
		before, _ = records(t, s, "")
		closed(t, s)
	}
}
