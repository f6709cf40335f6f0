package sized

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"argosy.dev/volume/mounts"
)

func store(t *testing.T) *Store {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	s, err := Open(t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// fill writes until the disk is full, and returns how much went in.
func fill(t *testing.T, dir string) int64 {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filled"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var total int64
	for block := make([]byte, 1<<20); ; {
		n, err := f.Write(block)
		total += int64(n)
		if errors.Is(err, unix.ENOSPC) {
			return total
		}
		if err != nil || total > 4<<30 {
			t.Fatalf("after %d bytes: %v", total, err)
		}
	}
}

func TestLife(t *testing.T) {
	s, ctx := store(t), context.Background()
	const size = 24 << 20
	for range 2 { // the second finds the first
		if got, err := s.Create(ctx, "v", Spec{Size: size, Format: "ext4"}); err != nil || got != size {
			t.Fatalf("made %d, %v", got, err)
		}
	}
	path, first, err := s.Use(ctx, "v", "pod-1", nil)
	if err != nil || !first {
		t.Fatalf("%v, %v", first, err)
	}
	if again, first, err := s.Use(ctx, "v", "pod-1", nil); err != nil || first || again != path {
		t.Errorf("used again: %s, %v, %v", again, first, err)
	}
	if n := fill(t, path); n > size || n < size/2 {
		t.Errorf("%d bytes went into %d", n, size)
	}
	if err := s.Delete("v"); err == nil {
		t.Error("a volume in use was deleted")
	}

	// Another store, as after a restart, finds who uses it.
	s, err = Open(s.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Use(ctx, "v", "pod-2", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Release("pod-1"); err != nil {
		t.Fatal(err)
	}
	if up, err := mounts.At(path); err != nil || !up {
		t.Errorf("unmounted though pod-2 uses it: %v", err)
	}
	if err := s.Release("pod-2"); err != nil {
		t.Fatal(err)
	}
	if up, err := mounts.At(path); err != nil || up {
		t.Errorf("mounted though nobody uses it: %v", err)
	}
	if device, err := loopOf(filepath.Join(s.path("v"), imageFile)); err != nil || device != "" {
		t.Errorf("%s is still there: %v", device, err)
	}

	// It grows when it is used next, and says so; what was on it is still there.
	var told string
	s.OnSettled(func(name string) { told = name })
	if got, err := s.Grow(ctx, "v", 2*size); err != nil || got != 2*size {
		t.Fatalf("grown to %d, %v", got, err)
	}
	if done, err := s.Settle(ctx, "v"); err != nil || done {
		t.Errorf("settled though nobody uses it: %v, %v", done, err)
	}
	if path, _, err = s.Use(ctx, "v", "pod-3", nil); err != nil {
		t.Logf("ext4 grows online only with CAP_SYS_RESOURCE: %v", err)
	} else {
		if told != "v" {
			t.Error("nobody was told that it grew")
		}
		if n := fill(t, path); n <= size {
			t.Errorf("%d bytes after growing to %d", n, 2*size)
		}
	}
	if err := s.Release("pod-3"); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Delete("v"); err != nil {
			t.Fatal(err)
		}
	}
	if entries, err := os.ReadDir(s.dir); err != nil || len(entries) != 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

func TestBlock(t *testing.T) {
	s, ctx := store(t), context.Background()
	if _, err := s.Create(ctx, "b", Spec{Size: 8 << 20, Block: true}); err != nil {
		t.Fatal(err)
	}
	device, _, err := s.Use(ctx, "b", "pod", nil)
	if err != nil {
		t.Fatal(err)
	}
	size := func() int64 {
		f, err := os.Open(device)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		n, err := f.Seek(0, 2)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := size(); n != 8<<20 {
		t.Errorf("%s has %d bytes", device, n)
	}
	if _, err := s.Grow(ctx, "b", 12<<20); err != nil {
		t.Fatal(err)
	}
	if done, err := s.Settle(ctx, "b"); err != nil || !done {
		t.Errorf("%v, %v", done, err)
	}
	if n := size(); n != 12<<20 {
		t.Errorf("grown, %s has %d bytes", device, n)
	}
	if err := s.Release("pod"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("b"); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeMade(t *testing.T) {
	s, ctx := store(t), context.Background()
	if _, err := s.Create(ctx, "huge", Spec{Size: 1 << 60, Block: true}); !errors.Is(err, ErrNoSpace) {
		t.Errorf("an exbibyte: %v", err)
	}
	if _, err := s.Create(ctx, "x", Spec{Size: 1, Format: "ntfs"}); err == nil {
		t.Error("an unknown format: want an error")
	}
	for _, name := range []string{"", "../x", ".x", "a/b"} {
		if err := s.Delete(name); err == nil {
			t.Errorf("the name %q: want an error", name)
		}
	}
	if names, err := s.Names(); err != nil || len(names) != 0 {
		t.Errorf("left: %v, %v", names, err)
	}
	// What a crash left before the volume was finished is made anew.
	if err := os.MkdirAll(filepath.Join(s.dir, "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "half", imageFile), make([]byte, 99), 0o600); err != nil {
		t.Fatal(err)
	}
	if s.Has("half") {
		t.Error("an unfinished volume is none")
	}
	if size, err := s.Create(ctx, "half", Spec{Size: 1 << 20, Block: true}); err != nil || size != 1<<20 {
		t.Errorf("made anew: %d, %v", size, err)
	}
}
