package atomicdir

import (
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"argosy.dev/volume/payload"
)

func seen(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "..") {
			list = append(list, e.Name())
		}
	}
	sort.Strings(list)
	return strings.Join(list, " ")
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	files := payload.Files{"a": {Data: []byte("1"), Mode: 0o644}, "d/b": {Data: []byte("2"), Mode: 0o400}}
	if changed, err := Write(dir, files, -1); err != nil || !changed {
		t.Fatalf("first: %v, %v", changed, err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "d", "b")); err != nil || string(data) != "2" {
		t.Errorf("d/b: %q, %v", data, err)
	}
	if info, err := os.Stat(filepath.Join(dir, "d", "b")); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("mode of d/b: %v, %v", info.Mode(), err)
	}
	before, _ := os.Readlink(filepath.Join(dir, "..data"))
	if changed, err := Write(dir, files, -1); err != nil || changed {
		t.Errorf("again: %v, %v; want nothing done", changed, err)
	}
	delete(files, "d/b")
	files["c"] = payload.File{Data: []byte("3"), Mode: 0o644}
	if changed, err := Write(dir, files, -1); err != nil || !changed {
		t.Fatalf("changed: %v, %v", changed, err)
	}
	if got := seen(t, dir); got != "a c" {
		t.Errorf("the volume shows %q, want a c", got)
	}
	if _, err := os.Stat(filepath.Join(dir, before)); !os.IsNotExist(err) {
		t.Errorf("the former state is still there: %v", err)
	}
}

func TestLeftoversOfAKilledWriter(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("..gone", filepath.Join(dir, dataNewLink)); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "..half"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(dir, payload.Files{"a": {Mode: 0o644}}, -1); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "..half")); !os.IsNotExist(err) {
		t.Errorf("the half-written state is still there: %v", err)
	}
}
