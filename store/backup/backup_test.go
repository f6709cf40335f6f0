package backup_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"testing"
	"testing/iotest"

	"argosy.dev/store"
	"argosy.dev/store/backup"
	"argosy.dev/store/embedded"
)

// filled opens a store with a little history and returns its records as text.
func filled(t testing.TB, n int) (store.Store, []string) {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	for i := range n {
		rev := change(t, s, store.Change{Key: fmt.Sprintf("/a/%03d", i), Value: fmt.Appendf(nil, "first %d", i)})
		switch i % 3 {
		case 0:
			change(t, s, store.Change{Key: fmt.Sprintf("/a/%03d", i), Value: []byte{}, Expect: rev})
		case 1:
			change(t, s, store.Change{Key: fmt.Sprintf("/a/%03d", i), Expect: rev})
		}
	}
	var want []string
	if _, err := s.Range(t.Context(), "", func(r store.Record) error {
		want = append(want, text(r))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return s, want
}

func change(t testing.TB, s store.Store, c store.Change) store.Revision {
	t.Helper()
	rev, err := s.Commit(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func text(r store.Record) string { return fmt.Sprintf("%s=%q@%d", r.Key, r.Value, r.Revision) }

func written(t testing.TB, s store.Store) []byte {
	t.Helper()
	var file bytes.Buffer
	rev, err := backup.Write(t.Context(), s, &file)
	if err != nil {
		t.Fatal(err)
	}
	if rev != s.Revision() {
		t.Fatalf("written at revision %d, want %d", rev, s.Revision())
	}
	return file.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 200} {
		s, want := filled(t, n)
		file := written(t, s)
		for name, r := range map[string]io.Reader{
			"whole":       bytes.NewReader(file),
			"byte a read": iotest.OneByteReader(bytes.NewReader(file)),
		} {
			var got []string
			rev, err := backup.Read(r, func(r store.Record) error {
				got = append(got, text(r))
				return nil
			})
			if err != nil || rev != s.Revision() || !slices.Equal(got, want) {
				t.Errorf("%d changes, %s: got %d, %v, %v, want %d, %v", n, name, rev, got, err, s.Revision(), want)
			}
		}
	}
}

// A backup that differs in one bit, is cut off or goes on is refused, wherever that is.
func TestDamage(t *testing.T) {
	s, _ := filled(t, 5)
	file := written(t, s)
	refused := func(what string, b []byte) {
		t.Helper()
		_, err := backup.Read(bytes.NewReader(b), func(store.Record) error { return nil })
		if !errors.Is(err, backup.ErrDamaged) {
			t.Fatalf("%s: got %v, want ErrDamaged", what, err)
		}
	}
	for i := range file {
		refused(fmt.Sprint("cut off at ", i), file[:i])
		for bit := range 8 {
			b := slices.Clone(file)
			b[i] ^= 1 << bit
			refused(fmt.Sprintf("bit %d of byte %d changed", bit, i), b)
		}
	}
	refused("one byte more", append(slices.Clone(file), 0))
	refused("twice", slices.Concat(file, file))
}

func TestErrors(t *testing.T) {
	s, _ := filled(t, 50)
	file := written(t, s)
	stop := errors.New("stop")
	if _, err := backup.Read(bytes.NewReader(file), func(store.Record) error { return stop }); err != stop {
		t.Errorf("yield's error: got %v", err)
	}
	if _, err := backup.Read(iotest.ErrReader(stop), func(store.Record) error { return nil }); !errors.Is(err, stop) {
		t.Errorf("the reader's error: got %v", err)
	}
	if _, err := backup.Write(t.Context(), s, failing{stop}); !errors.Is(err, stop) {
		t.Errorf("the writer's error: got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := backup.Write(ctx, s, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	s, _ := filled(f, 4)
	file := written(f, s)
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add([]byte("ARGOSYBK"))
	f.Fuzz(func(t *testing.T, b []byte) {
		var records []store.Record
		rev, err := backup.Read(bytes.NewReader(b), func(r store.Record) error {
			records = append(records, r)
			return nil
		})
		if err != nil {
			return
		}
		// What is taken is whole: it makes sense as a store.
		for i, r := range records {
			if r.Key == "" || r.Value == nil || r.Revision < 1 || r.Revision > rev || (i > 0 && r.Key <= records[i-1].Key) {
				t.Fatalf("a backup at %d with record %d: %+v was taken", rev, i, r)
			}
		}
	})
}
