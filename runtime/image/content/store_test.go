package content

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/opencontainers/go-digest"
)

func open(t *testing.T) (*Store, string) {
	t.Helper()
	dir := t.TempDir()
	s, err := Open(filepath.Join(dir, "blobs"))
	if err != nil {
		t.Fatal(err)
	}
	unfinished := filepath.Join(dir, "unfinished")
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		t.Fatal(err)
	}
	return s, unfinished
}

func start(t *testing.T, s *Store, dir string, algorithm digest.Algorithm, data string) *Writer {
	t.Helper()
	w, err := s.NewWriter(dir, algorithm)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if _, err := w.Write([]byte(data)); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestCommit(t *testing.T) {
	for _, algorithm := range []digest.Algorithm{"", digest.SHA256, digest.SHA512} {
		s, dir := open(t)
		w := start(t, s, dir, algorithm, "hello ")
		if _, err := w.Write([]byte("world")); err != nil {
			t.Fatal(err)
		}
		want := digest.Canonical.FromString("hello world")
		if algorithm != "" {
			want = algorithm.FromString("hello world")
		}
		if _, ok := s.Size(want); ok {
			t.Error("the blob is visible before its commit")
		}
		got, err := w.Commit(want)
		if err != nil || got != want {
			t.Fatalf("got %s, %v; want %s", got, err, want)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		data, err := s.Read(want, 100)
		if err != nil || string(data) != "hello world" {
			t.Errorf("read %q, %v", data, err)
		}
		if all, err := s.All(); err != nil || len(all) != 1 || all[0] != want {
			t.Errorf("all: %v, %v", all, err)
		}
		if _, err := s.Read(want, 5); err == nil {
			t.Error("reading past the limit went well")
		}
	}
}

func TestWrongDigestLeavesNothing(t *testing.T) {
	s, dir := open(t)
	w := start(t, s, dir, "", "not that")
	expected := digest.FromString("that")
	if _, err := w.Commit(expected); !errors.Is(err, ErrDigest) {
		t.Errorf("got %v, want ErrDigest", err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if _, err := s.Open(expected); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want not exist", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("left over: %v, %v", left, err)
	}
}

func TestReset(t *testing.T) {
	s, dir := open(t)
	w := start(t, s, dir, "", "a long beginning that was wrong")
	if err := w.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("right")); err != nil {
		t.Fatal(err)
	}
	d, err := w.Commit(digest.FromString("right"))
	if err != nil {
		t.Fatal(err)
	}
	if size, _ := s.Size(d); size != 5 {
		t.Errorf("the blob has %d bytes", size)
	}
}

func TestReadNoticesDamage(t *testing.T) {
	s, dir := open(t)
	w := start(t, s, dir, "", "sound")
	d, err := w.Commit("")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.Path(d), bytes.Repeat([]byte("x"), 5), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Read(d, 100); !errors.Is(err, ErrDigest) {
		t.Errorf("got %v, want ErrDigest", err)
	}
}

func TestHostileDigests(t *testing.T) {
	s, dir := open(t)
	for _, d := range []digest.Digest{"", "sha256:../../etc/passwd", "sha256:abc", "md5:00", "../x"} {
		if _, err := s.Open(d); err == nil {
			t.Errorf("%q was opened", d)
		}
		if _, ok := s.Size(d); ok {
			t.Errorf("%q is there", d)
		}
	}
	if _, err := s.NewWriter(dir, "md5"); err == nil {
		t.Error("a writer for md5")
	}
}
