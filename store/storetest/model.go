package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"argosy.dev/store"
)

// model is what a store should be: a list of all changes and a map of the newest ones.
type model struct {
	events []store.Event // events[i] has revision i+1
	newest map[string]store.Event
}

func newModel() *model { return &model{newest: map[string]store.Event{}} }

// apply adds the next change.
func (m *model) apply(ev store.Event) error {
	if want := store.Revision(len(m.events) + 1); ev.Revision != want {
		return fmt.Errorf("history: got revision %d, want %d", ev.Revision, want)
	}
	m.events = append(m.events, ev)
	m.newest[ev.Key] = ev
	if ev.Value == nil {
		delete(m.newest, ev.Key)
	}
	return nil
}

func (m *model) records(prefix string) []string {
	out := []string{}
	for key, ev := range m.newest {
		if strings.HasPrefix(key, prefix) {
			out = append(out, fmt.Sprintf("%s=%s@%d", key, ev.Value, ev.Revision))
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(a[:strings.Index(a, "=")], b[:strings.Index(b, "=")]) })
	return out
}

func (m *model) after(prefix string, rev store.Revision) []string {
	out := []string{}
	for _, ev := range m.events[rev:] {
		if strings.HasPrefix(ev.Key, prefix) {
			out = append(out, show(ev))
		}
	}
	return out
}

// testManyWriters has thousands of writers at once, each with keys of its own and shared ones, then checks that the
// acknowledged changes, put in the order of their revisions, make a history that follows the conditions, and that
// watchers and ranges saw exactly that history.
func testManyWriters(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	writers, each := 2000, 6
	if testing.Short() {
		writers = 500
	}
	var mu sync.Mutex
	accepted := map[store.Revision]store.Change{}
	live := []store.Watch{watch(t, s, "", 0), watch(t, s, "", 0), watch(t, s, "", 0)}
	gather(t, writers, func(i int) error {
		random := rand.New(rand.NewPCG(1, uint64(i)))
		for n := range each {
			c := store.Change{Key: fmt.Sprintf("/own/%d", i), Value: fmt.Appendf(nil, "%d.%d", i, n), Lazy: random.IntN(8) == 0}
			if random.IntN(2) == 0 {
				c.Key = fmt.Sprintf("/shared/%d", random.IntN(20))
			}
			rec, ok, err := s.Get(limited(t), c.Key)
			if err != nil {
				return err
			}
			if ok {
				c.Expect = rec.Revision
				if random.IntN(4) == 0 {
					c.Value = nil
				}
			}
			rev, err := s.Commit(limited(t), c)
			if errors.Is(err, store.ErrConflict) {
				continue
			}
			if err != nil {
				return err
			}
			mu.Lock()
			if _, twice := accepted[rev]; twice {
				err = fmt.Errorf("revision %d was given out twice", rev)
			}
			accepted[rev] = c
			mu.Unlock()
			if err != nil {
				return err
			}
		}
		return nil
	})
	m := newModel()
	for rev := store.Revision(1); rev <= store.Revision(len(accepted)); rev++ {
		c, ok := accepted[rev]
		if !ok {
			t.Fatalf("revision %d is missing of %d", rev, len(accepted))
		}
		if current := m.newest[c.Key].Revision; current != c.Expect {
			t.Fatalf("revision %d: %s was at %d, and the change expected %d", rev, c.Key, current, c.Expect)
		}
		if err := m.apply(store.Event{Key: c.Key, Value: c.Value, Revision: rev}); err != nil {
			t.Fatal(err)
		}
	}
	last := store.Revision(len(m.events))
	for _, w := range live {
		agree(t, "live watch", showAll(readTo(t, w, last)), m.after("", 0))
	}
	for _, when := range []string{"at once", "after reopening"} {
		got, rev := records(t, s, "")
		if rev != last {
			t.Fatalf("%s: range at revision %d, want %d", when, rev, last)
		}
		agree(t, when+", range", got, m.records(""))
		agree(t, when+", watch", showAll(readTo(t, watch(t, s, "", last/3), last)), m.after("", last/3))
		closed(t, s)
		s = openedIn(t, open, dir)
	}
}

// testOneKeyManyWriters has all writers fight for one key: each success is an increment of the value it read.
func testOneKeyManyWriters(t *testing.T, open Open) {
	s := opened(t, open)
	const writers, each = 64, 8
	gather(t, writers, func(int) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for done := 0; done < each; {
			rec, _, err := s.Get(ctx, "/counter")
			if err != nil {
				return err
			}
			n := 0
			if rec.Value != nil {
				if _, err := fmt.Sscan(string(rec.Value), &n); err != nil {
					return err
				}
			}
			_, err = s.Commit(ctx, store.Change{Key: "/counter", Value: fmt.Append(nil, n+1), Expect: rec.Revision})
			switch {
			case err == nil:
				done++
			case !errors.Is(err, store.ErrConflict):
				return err
			}
		}
		return nil
	})
	rec, _, err := s.Get(limited(t), "/counter")
	if err != nil || string(rec.Value) != fmt.Sprint(writers*each) || s.Revision() != writers*each {
		t.Errorf("got %s at revision %d, %v, want %d: an increment is lost", rec.Value, s.Revision(), err, writers*each)
	}
}

// testRandomHistories makes random steps, one after the other, against the model.
func testRandomHistories(t *testing.T, open Open) {
	seeds := 12
	if testing.Short() {
		seeds = 4
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			r := &randomRun{t: t, open: open, dir: t.TempDir(), random: rand.New(rand.NewPCG(7, uint64(seed))), model: newModel()}
			r.s = open(t, r.dir)
			for range 300 {
				r.step()
			}
			closed(t, r.s)
		})
	}
}

type randomRun struct {
	t         *testing.T
	open      Open
	dir       string
	random    *rand.Rand
	s         store.Store
	model     *model
	compacted store.Revision
}

func (r *randomRun) step() {
	t, m := r.t, r.model
	last := store.Revision(len(m.events))
	prefix := []string{"", "/a/", "/b/", "/a/1"}[r.random.IntN(4)]
	switch n := r.random.IntN(100); {
	case n < 70:
		r.change()
	case n < 80:
		got, rev := records(t, r.s, prefix)
		agree(t, "range", got, m.records(prefix))
		if rev != last {
			t.Fatalf("range: at revision %d, want %d", rev, last)
		}
	case n < 92:
		after := r.compacted + store.Revision(r.random.Int64N(int64(last-r.compacted)+1))
		want := m.after(prefix, after)
		if len(want) == 0 {
			return
		}
		var to store.Revision
		if _, err := fmt.Sscan(want[len(want)-1], &to); err != nil {
			t.Fatal(err)
		}
		agree(t, fmt.Sprint("watch after ", after), showAll(readTo(t, watch(t, r.s, prefix, after), to)), want)
	case n < 96:
		rev := store.Revision(r.random.Int64N(int64(last) + 2))
		err := r.s.Compact(limited(t), rev)
		switch {
		case rev > last && errors.Is(err, store.ErrFuture), rev <= r.compacted && errors.Is(err, store.ErrCompacted):
		case err == nil && rev <= last && rev > r.compacted:
			r.compacted = rev
		default:
			t.Fatalf("compaction up to %d of %d, done up to %d: %v", rev, last, r.compacted, err)
		}
	default:
		closed(t, r.s)
		r.s = r.open(t, r.dir)
		if r.s.Revision() != last || r.s.Compacted() != r.compacted {
			t.Fatalf("reopened at %d, compacted %d, want %d and %d", r.s.Revision(), r.s.Compacted(), last, r.compacted)
		}
	}
}

func (r *randomRun) change() {
	c := store.Change{Key: fmt.Sprintf("/%c/%d", 'a'+rune(r.random.IntN(2)), r.random.IntN(12)), Lazy: r.random.IntN(5) == 0}
	current := r.model.newest[c.Key].Revision
	c.Expect = current
	if r.random.IntN(6) == 0 {
		c.Expect = store.Revision(r.random.IntN(len(r.model.events) + 2))
	}
	if c.Expect == 0 || r.random.IntN(3) > 0 {
		c.Value = fmt.Append(nil, r.random.Int32())
	}
	if c.Expect != current {
		conflicts(r.t, r.s, c, current)
		return
	}
	rev := commit(r.t, r.s, c)
	if err := r.model.apply(store.Event{Key: c.Key, Value: c.Value, Revision: rev}); err != nil {
		r.t.Fatal(err)
	}
}

func agree(t *testing.T, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("%s: differs at %d of %d: got %q, want %q", what, i, len(want), slices.Concat(got, make([]string, len(want)))[i], want[i])
		}
	}
	t.Fatalf("%s: got %d, want %d", what, len(got), len(want))
}
