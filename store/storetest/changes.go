package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"argosy.dev/store"
)

func testEmpty(t *testing.T, open Open) {
	s := opened(t, open)
	if got := s.Revision(); got != 0 {
		t.Errorf("revision of an empty store: got %d, want 0", got)
	}
	if got := s.Compacted(); got != 0 {
		t.Errorf("compacted revision of an empty store: got %d, want 0", got)
	}
	if got, rev := records(t, s, ""); len(got) != 0 || rev != 0 {
		t.Errorf("range of an empty store: got %v at %d", got, rev)
	}
	if _, ok, err := s.Get(limited(t), "/a"); ok || err != nil {
		t.Errorf("get from an empty store: got %v, %v", ok, err)
	}
	// A cache starts with the range's revision, which is 0 here, and must miss nothing.
	w := watch(t, s, "", 0)
	put(t, s, "/a", "1", 0)
	if got := showAll(readTo(t, w, 1)); got[0] != "1 put /a=1" {
		t.Errorf("first event: got %v", got)
	}
}

func testRevisions(t *testing.T, open Open) {
	s := opened(t, open)
	for i := range 20 {
		want := store.Revision(i + 1)
		if got := put(t, s, fmt.Sprintf("/a/%d", i), "x", 0); got != want {
			t.Fatalf("change %d: got revision %d", want, got)
		}
		if got := s.Revision(); got != want {
			t.Fatalf("newest revision after change %d: got %d", want, got)
		}
		// Refused changes use up no revision.
		conflicts(t, s, store.Change{Key: "/a/0", Value: []byte("y"), Expect: 77}, 1)
	}
}

func testConditions(t *testing.T, open Open) {
	s := opened(t, open)
	x := []byte("x")
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 1}, 0)
	conflicts(t, s, store.Change{Key: "/k", Expect: 1}, 0)
	put(t, s, "/other", "0", 0) // 1
	put(t, s, "/k", "1", 0)     // 2
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 0}, 2)
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 1}, 2)
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 3}, 2)
	conflicts(t, s, store.Change{Key: "/k", Expect: 1}, 2)
	put(t, s, "/k", "2", 2) // 3
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 2}, 3)
	remove(t, s, "/k", 3) // 4
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 3}, 0)
	conflicts(t, s, store.Change{Key: "/k", Value: x, Expect: 4}, 0)
	conflicts(t, s, store.Change{Key: "/k", Expect: 3}, 0)
	put(t, s, "/k", "3", 0) // 5
	rec, ok, err := s.Get(limited(t), "/k")
	if err != nil || !ok || string(rec.Value) != "3" || rec.Revision != 5 || rec.Key != "/k" {
		t.Fatalf("get: got %+v, %v, %v", rec, ok, err)
	}
	if _, ok, err := s.Get(limited(t), "/"); ok || err != nil {
		t.Fatalf("get of a prefix that is no key: got %v, %v", ok, err)
	}
}

func testValues(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	w := watch(t, s, "", 0)
	values := map[string][]byte{
		"/empty":    {},
		"/zero":     {0},
		"/binary":   bytes.Repeat([]byte{0, 0xff, 'k', 'r', 'm'}, 100),
		"/large":    bytes.Repeat([]byte("large object "), 120_000),
		"/\xff\xff": []byte("key at the end"),
		"/\x00":     []byte("key at the start"),
		"no slash":  []byte("any bytes are a key"),
		"/日本語/ключ": []byte("text"),
	}
	var last store.Revision
	for key, value := range values {
		last = commit(t, s, store.Change{Key: key, Value: value})
	}
	for _, ev := range readTo(t, w, last) {
		if want := values[ev.Key]; ev.Value == nil || !bytes.Equal(ev.Value, want) {
			t.Errorf("event of %q: got %d bytes (nil: %v), want %d", ev.Key, len(ev.Value), ev.Value == nil, len(want))
		}
	}
	for _, when := range []string{"at once", "after reopening"} {
		for key, want := range values {
			rec, ok, err := s.Get(limited(t), key)
			if err != nil || !ok || rec.Value == nil || !bytes.Equal(rec.Value, want) {
				t.Errorf("%s, get of %q: got %d bytes, %v, %v, want %d bytes", when, key, len(rec.Value), ok, err, len(want))
			}
		}
		// The same from the log.
		for _, ev := range readTo(t, watch(t, s, "", 0), last) {
			if want := values[ev.Key]; ev.Value == nil || !bytes.Equal(ev.Value, want) {
				t.Errorf("%s, old event of %q: got %d bytes (nil: %v), want %d", when, ev.Key, len(ev.Value), ev.Value == nil, len(want))
			}
		}
		closed(t, s)
		s = openedIn(t, open, dir)
	}
}

func testBadChanges(t *testing.T, open Open) {
	s := opened(t, open)
	for name, c := range map[string]store.Change{
		"no key":                      {Value: []byte("x")},
		"deletion of nothing":         {Key: "/k"},
		"update of negative revision": {Key: "/k", Value: []byte("x"), Expect: -1},
	} {
		if rev, err := s.Commit(limited(t), c); err == nil {
			t.Errorf("%s: taken as revision %d", name, rev)
		}
	}
	if got := s.Revision(); got != 0 {
		t.Errorf("refused changes moved the store to revision %d", got)
	}
}

func testCancelledContext(t *testing.T, open Open) {
	s := opened(t, open)
	put(t, s, "/k", "1", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Commit(ctx, store.Change{Key: "/k", Value: []byte("2"), Expect: 1})
	check := func(what string, err error) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a cancelled context: got %v", what, err)
		}
	}
	check("commit", err)
	_, _, err = s.Get(ctx, "/k")
	check("get", err)
	_, err = s.Range(ctx, "", func(store.Record) error { return nil })
	check("range", err)
	_, err = s.Watch(ctx, "", 0)
	check("watch", err)
	check("compact", s.Compact(ctx, 1))
	w := watch(t, s, "", 1)
	_, err = w.Next(ctx)
	check("next", err)
	// Made or not made: the key holds the one or the other.
	rec, ok, err := s.Get(limited(t), "/k")
	if err != nil || !ok || (string(rec.Value) != "1" && string(rec.Value) != "2") {
		t.Errorf("get: got %+v, %v, %v", rec, ok, err)
	}
	// The watch is as good as before.
	last := put(t, s, "/l", "1", 0)
	readTo(t, w, last)
}

func testLazy(t *testing.T, open Open) {
	dir := t.TempDir()
	s := open(t, dir)
	w := watch(t, s, "", 0)
	rev := commit(t, s, store.Change{Key: "/lease", Value: []byte("0"), Lazy: true})
	for i := range 50 {
		rev = commit(t, s, store.Change{Key: "/lease", Value: fmt.Append(nil, i), Expect: rev, Lazy: true})
	}
	last := put(t, s, "/durable", "x", 0)
	if got := len(readTo(t, w, last)); got != 52 {
		t.Errorf("got %d events, want 52", got)
	}
	rev = commit(t, s, store.Change{Key: "/lease", Value: []byte("last"), Expect: rev, Lazy: true})
	// Close makes lazy changes durable.
	closed(t, s)
	s = openedIn(t, open, dir)
	if got := s.Revision(); got != rev {
		t.Errorf("revision after reopening: got %d, want %d", got, rev)
	}
	rec, ok, err := s.Get(limited(t), "/lease")
	if err != nil || !ok || string(rec.Value) != "last" || rec.Revision != rev {
		t.Errorf("get: got %+v, %v, %v", rec, ok, err)
	}
}
