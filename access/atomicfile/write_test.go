package atomicfile

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

func TestWriteSetsContentModeAndOwner(t *testing.T) {
	for _, mode := range []fs.FileMode{0o600, 0o644} {
		path := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(path, []byte("old and longer"), 0o666); err != nil {
			t.Fatal(err)
		}
		var owner *Owner
		if os.Geteuid() == 0 {
			owner = &Owner{UID: 12345, GID: 54321}
		}
		if err := Write(File{Path: path, Data: []byte("new"), Mode: mode, Owner: owner}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != "new" {
			t.Fatalf("content %q, %v", got, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != mode {
			t.Errorf("mode %v, want %v", info.Mode().Perm(), mode)
		}
		if st := info.Sys().(*syscall.Stat_t); owner != nil && (st.Uid != 12345 || st.Gid != 54321) {
			t.Errorf("owner %d:%d", st.Uid, st.Gid)
		}
	}
}

func TestWriteFailsWithoutLeavings(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(File{Path: filepath.Join(dir, "first"), Mode: 0o600}, File{Path: target, Mode: 0o600}, File{Path: filepath.Join(dir, "last"), Mode: 0o600}); err == nil {
		t.Fatal("a directory was replaced by a file")
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 2 || entries[0].Name() != "first" {
		t.Errorf("want the first file and the directory, have %v", entries)
	}
	if err := Write(File{Path: filepath.Join(dir, "second")}, File{Path: filepath.Join(dir, "no", "such")}); err == nil {
		t.Error("no error for a directory that does not exist")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestReadersNeverSeeAPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	a, b := bytes.Repeat([]byte("a"), 64<<10), bytes.Repeat([]byte("b"), 32<<10)
	if err := Write(File{Path: path, Data: a, Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for _, data := range [][]byte{a, b} {
		writers.Go(func() {
			for range 20 {
				if err := Write(File{Path: path, Data: data, Mode: 0o600}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	for {
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, a) && !bytes.Equal(got, b) {
			t.Fatalf("read %d bytes, %v", len(got), err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	keep := []string{"ca.key", ".hidden", "a" + marker + "1"}
	for _, name := range append(keep, ".ca.key"+marker+"123") {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := RemoveUnfinished(dir); err != nil {
		t.Fatal(err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != len(keep) {
		t.Errorf("kept %v, want %v", entries, keep)
	}
	if err := RemoveUnfinished(filepath.Join(dir, "missing")); err == nil {
		t.Error("no error for a directory that does not exist")
	}
}
