package sized

import (
	"context"
	"strings"
	"testing"
)

// Where the tools are there, the best format grows while it is in use; where not, the error says what to install.
func TestXFS(t *testing.T) {
	s, ctx := store(t), context.Background()
	size, err := s.Create(ctx, "v", Spec{Size: 1 << 20})
	if _, missing := find("mkfs.xfs"); missing != nil {
		if err == nil || !strings.Contains(err.Error(), "install the package xfsprogs") {
			t.Errorf("got %v", err)
		}
		return
	}
	if err != nil || size != 300<<20 {
		t.Fatalf("made %d, %v; want the least that xfs has", size, err)
	}
	path, _, err := s.Use(ctx, "v", "pod", []string{"noatime"})
	if err != nil {
		t.Fatal(err)
	}
	if n := fill(t, path); n > size {
		t.Errorf("%d bytes went into %d", n, size)
	}
	if _, err := s.Grow(ctx, "v", 2*size); err != nil {
		t.Fatal(err)
	}
	if done, err := s.Settle(ctx, "v"); err != nil || !done {
		t.Fatalf("%v, %v", done, err)
	}
	if n := fill(t, path); n <= size || n > 2*size {
		t.Errorf("%d bytes after growing to %d", n, 2*size)
	}
	if err := s.Release("pod"); err != nil {
		t.Fatal(err)
	}
	if err := s.Delete("v"); err != nil {
		t.Fatal(err)
	}
}
