package treesize

import (
	"os"
	"path/filepath"
	"testing"
)

func TestOf(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "d", "f")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(file, filepath.Join(dir, "again")); err != nil {
		t.Fatal(err)
	}
	if n, _, err := Of(dir); err != nil || n < 1<<20 || n >= 2<<20 {
		t.Errorf("got %d, %v; want 1 MiB and a little", n, err)
	}
	if n, _, err := Of(filepath.Join(dir, "none")); err != nil || n != 0 {
		t.Errorf("what is not there: %d, %v", n, err)
	}
}
