package embedded_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"argosy.dev/store"
	"argosy.dev/store/backup"
	"argosy.dev/store/embedded"
)

func all(t *testing.T, s store.Store) []string {
	t.Helper()
	out := []string{}
	if _, err := s.Range(t.Context(), "", func(r store.Record) error {
		out = append(out, fmt.Sprintf("%s=%s@%d", r.Key, r.Value, r.Revision))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func backedUp(t *testing.T) (file []byte, records []string, rev store.Revision) {
	t.Helper()
	s := open(t, t.TempDir())
	defer closed(t, s)
	for i := range 3000 {
		rev := commit(t, s, store.Change{Key: fmt.Sprintf("/%04d", i), Value: bytes.Repeat([]byte("value "), i%400)})
		if i%5 == 0 {
			commit(t, s, store.Change{Key: fmt.Sprintf("/%04d", i), Expect: rev})
		}
	}
	var b bytes.Buffer
	rev, err := backup.Write(t.Context(), s, &b)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), all(t, s), rev
}

func TestRestore(t *testing.T) {
	file, want, rev := backedUp(t)
	missing := filepath.Join(t.TempDir(), "deep", "store")
	for name, dir := range map[string]string{"empty": t.TempDir(), "missing": missing} {
		at, err := embedded.Restore(t.Context(), dir, bytes.NewReader(file))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s := open(t, dir)
		if s.Revision() != at || at <= rev+1_000_000 {
			t.Errorf("%s: at revision %d, restored says %d, the backup was at %d", name, s.Revision(), at, rev)
		}
		if got := all(t, s); !slices.Equal(got, want) {
			t.Errorf("%s: got %d records, want %d", name, len(got), len(want))
		}
		// Whoever followed the old store is told to begin anew.
		for _, after := range []store.Revision{rev, rev + 1, at - 1} {
			if _, err := s.Watch(t.Context(), "", after); !errors.Is(err, store.ErrCompacted) {
				t.Errorf("%s: watch after %d: got %v, want ErrCompacted", name, after, err)
			}
		}
		w, err := s.Watch(t.Context(), "", at)
		if err != nil {
			t.Fatal(err)
		}
		if got := commit(t, s, store.Change{Key: "/new", Value: []byte("x")}); got != at+1 {
			t.Errorf("%s: next revision: got %d, want %d", name, got, at+1)
		}
		if events, err := w.Next(t.Context()); err != nil || len(events) != 1 {
			t.Errorf("%s: watch: got %v, %v", name, events, err)
		}
		closed(t, s)
		closed(t, open(t, dir))
		if left, _ := filepath.Glob(dir + ".*"); len(left) > 0 {
			t.Errorf("%s: left behind: %v", name, left)
		}
	}
}

// A restore that fails leaves the target as it was, and nothing beside it.
func TestRestoreFails(t *testing.T) {
	file, _, _ := backedUp(t)
	changed := slices.Clone(file)
	changed[len(changed)/2] ^= 1
	lost := errors.New("connection lost")
	for name, c := range map[string]struct {
		from io.Reader
		want string
	}{
		"cut off":       {bytes.NewReader(file[:len(file)-30]), "cut off"},
		"changed":       {bytes.NewReader(changed), "does not match its checksum"},
		"not a backup":  {strings.NewReader("apiVersion: v1\nkind: Namespace\n"), "not a store's backup"},
		"empty":         {strings.NewReader(""), "not a store's backup"},
		"reading fails": {io.MultiReader(bytes.NewReader(file[:5000]), iotest.ErrReader(lost)), "connection lost"},
	} {
		parent := t.TempDir()
		dir := filepath.Join(parent, "store")
		if name != "empty" {
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		_, err := embedded.Restore(t.Context(), dir, c.from)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
		names, _ := os.ReadDir(parent)
		if len(names) > 1 || len(names) == 1 && names[0].Name() != "store" {
			t.Errorf("%s: left behind: %v", name, names)
		}
		if names, _ := os.ReadDir(dir); len(names) > 0 {
			t.Errorf("%s: the target holds %v", name, names)
		}
	}
	full := t.TempDir()
	closed(t, open(t, full))
	before, _ := os.ReadDir(full)
	if _, err := embedded.Restore(t.Context(), full, bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("into a store: got %v", err)
	}
	if after, _ := os.ReadDir(full); len(after) != len(before) {
		t.Errorf("into a store: it was changed from %v to %v", before, after)
	}
}

// What a killed restore left behind does not hinder the next.
func TestRestoreAgain(t *testing.T) {
	file, want, _ := backedUp(t)
	dir := filepath.Join(t.TempDir(), "store")
	if err := os.MkdirAll(dir+".restoring/data", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lock", "FORMAT.temp", "data/junk"} {
		if err := os.WriteFile(dir+".restoring/"+name, []byte("1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := embedded.Restore(t.Context(), dir, bytes.NewReader(file)); err != nil {
		t.Fatal(err)
	}
	s := open(t, dir)
	defer closed(t, s)
	if got := all(t, s); !slices.Equal(got, want) {
		t.Errorf("got %d records, want %d", len(got), len(want))
	}
}
