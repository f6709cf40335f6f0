package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"argosy.dev/store"
)

func testRangeOrder(t *testing.T, open Open) {
	s := opened(t, open)
	for i, key := range []string{"/b", "/a/2", "/a", "/a/10", "/a0", "/a/1", "/c", "/a/\xff", "/a/\xff\xff", "/a\xff"} {
		put(t, s, key, fmt.Sprint(i), 0)
	}
	remove(t, s, "/c", 7)
	for prefix, want := range map[string][]string{
		"/a/":          {"/a/1=5@6", "/a/10=3@4", "/a/2=1@2", "/a/\xff=7@8", "/a/\xff\xff=8@9"},
		"/a/1":         {"/a/1=5@6", "/a/10=3@4"},
		"/a/\xff":      {"/a/\xff=7@8", "/a/\xff\xff=8@9"},
		"/c":           {},
		"/z":           {},
		"\xff\xff\xff": {},
		"": {"/a=2@3", "/a/1=5@6", "/a/10=3@4", "/a/2=1@2", "/a/\xff=7@8", "/a/\xff\xff=8@9", "/a0=4@5",
			"/a\xff=9@10", "/b=0@1"},
	} {
		got, rev := records(t, s, prefix)
		if !slices.Equal(got, want) {
			t.Errorf("range of %q: got %q, want %q", prefix, got, want)
		}
		if rev != 11 {
			t.Errorf("range of %q: got revision %d, want 11", prefix, rev)
		}
	}
}

// testRangeOneRevision ranges while pairs of keys are kept in step, the second written after the first: as of one revision the
// first is ahead by one change or by none. And a watch after the range's revision completes it.
func testRangeOneRevision(t *testing.T, open Open) {
	s := opened(t, open)
	const pairs, rounds = 8, 40
	gather(t, pairs+2, func(i int) error {
		ctx := limited(t)
		if i >= pairs {
			for range rounds {
				if err := rangeAndWatch(t, s); err != nil {
					return err
				}
			}
			return nil
		}
		var first, second store.Revision
		for n := range rounds {
			value := strconv.AppendInt(nil, int64(n), 10)
			var err error
			if first, err = s.Commit(ctx, store.Change{Key: fmt.Sprintf("/pair/%d/a", i), Value: value, Expect: first}); err != nil {
				return err
			}
			if second, err = s.Commit(ctx, store.Change{Key: fmt.Sprintf("/pair/%d/b", i), Value: value, Expect: second}); err != nil {
				return err
			}
		}
		return nil
	})
}

func rangeAndWatch(t *testing.T, s store.Store) error {
	ctx := limited(t)
	newest := map[string]store.Record{}
	before := s.Revision()
	rev, err := s.Range(ctx, "/pair/", func(r store.Record) error {
		newest[r.Key] = r
		return nil
	})
	if err != nil {
		return err
	}
	if rev < before {
		return fmt.Errorf("a range at revision %d began after the store was at %d", rev, before)
	}
	for key, a := range newest {
		if a.Revision > rev {
			return fmt.Errorf("a range at revision %d gave %s at %d", rev, key, a.Revision)
		}
		if key[len(key)-1] != 'a' {
			continue
		}
		na, err := strconv.Atoi(string(a.Value))
		if err != nil {
			return err
		}
		nb := -1
		if b := newest[key[:len(key)-1]+"b"]; b.Value != nil {
			if nb, err = strconv.Atoi(string(b.Value)); err != nil {
				return err
			}
		}
		if na != nb && na != nb+1 {
			return fmt.Errorf("not as of one revision: %s holds %d and its second %d", key, na, nb)
		}
	}
	// Atomic: what comes after the range is exactly what it did not hold.
	w, err := s.Watch(ctx, "/pair/", rev)
	if err != nil {
		return err
	}
	defer w.Close()
	target := s.Revision()
	if target == rev {
		return nil
	}
	events, err := collect(ctx, w, target)
	if err != nil {
		return err
	}
	if events[0].Revision != rev+1 || len(events) < int(target-rev) {
		return fmt.Errorf("watch after the range's revision %d up to %d: %d events, from %d", rev, target, len(events), events[0].Revision)
	}
	return nil
}

func testRangeError(t *testing.T, open Open) {
	s := opened(t, open)
	put(t, s, "/a", "1", 0)
	put(t, s, "/b", "1", 0)
	stop := errors.New("stop")
	calls := 0
	_, err := s.Range(limited(t), "", func(store.Record) error {
		calls++
		return stop
	})
	if err != stop || calls != 1 {
		t.Errorf("got %v after %d records, want the caller's error after the first", err, calls)
	}
	// What a range calls may use the store.
	_, err = s.Range(limited(t), "", func(r store.Record) error {
		if _, _, err := s.Get(t.Context(), r.Key); err != nil {
			return err
		}
		_, err := s.Commit(t.Context(), store.Change{Key: r.Key + "/child", Value: []byte("x")})
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if got, _ := records(t, s, ""); len(got) != 4 {
		t.Errorf("got %v, want four records", got)
	}
}
