package tree

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

func write(t *testing.T, path string, size int) {
	t.Helper()
	if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRemoveLeavesLinkTargetsAlone(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "precious"), 3)
	root := filepath.Join(t.TempDir(), "root")
	if err := os.MkdirAll(filepath.Join(root, "a/b"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{"out", "a/out", "a/b/out"} {
		if err := os.Symlink(outside, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Remove(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(root); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the tree is still there: %v", err)
	}
	if _, err := os.Stat(filepath.Join(outside, "precious")); err != nil {
		t.Errorf("a file outside of the tree is gone: %v", err)
	}
	if err := Remove(root); err != nil {
		t.Errorf("removing once more: %v", err)
	}
	if err := Remove(filepath.Join(root, "no/such/parent")); err != nil {
		t.Errorf("removing below a parent that is not there: %v", err)
	}
}

func TestRemoveOfALinkRemovesTheLink(t *testing.T) {
	outside := t.TempDir()
	write(t, filepath.Join(outside, "precious"), 3)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	if err := Remove(link); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(outside, "precious")); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(link); err == nil {
		t.Error("the link is still there")
	}
}

// TestRemoveDeep makes a tree far deeper than a path can name, as a container may.
func TestRemoveDeep(t *testing.T) {
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(root, openDirectory, 0)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.Repeat("d", 60)
	for range 1500 {
		if err := unix.Mkdirat(fd, name, 0o755); err != nil {
			t.Fatal(err)
		}
		next, err := unix.Openat(fd, name, openDirectory, 0)
		if err != nil {
			t.Fatal(err)
		}
		unix.Close(fd)
		fd = next
	}
	unix.Close(fd)
	if _, err := Usage(t.Context(), root); err != nil {
		t.Errorf("measuring: %v", err)
	}
	if err := Remove(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(root); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the tree is still there: %v", err)
	}
}

func TestRemoveTogether(t *testing.T) {
	for range 20 {
		root := filepath.Join(t.TempDir(), "root")
		for i := range 30 {
			if err := os.MkdirAll(filepath.Join(root, fmt.Sprint(i%3), fmt.Sprint(i), "x/y"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := Remove(root); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if _, err := os.Lstat(root); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the tree is still there: %v", err)
		}
	}
}

func TestRemoveStopsAtMounts(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	volume := t.TempDir()
	write(t, filepath.Join(volume, "precious"), 3)
	root := filepath.Join(t.TempDir(), "root")
	target := filepath.Join(root, "etc", "volume")
	if err := os.MkdirAll(target, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(volume, target, "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(target, unix.MNT_DETACH) })
	if err := Remove(root); !errors.Is(err, ErrMounted) {
		t.Errorf("got %v, want ErrMounted", err)
	}
	if _, err := os.Stat(filepath.Join(volume, "precious")); err != nil {
		t.Errorf("the volume was emptied: %v", err)
	}
	if err := unix.Unmount(target, unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if err := Remove(root); err != nil {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "a"), 8192)
	if err := os.Link(filepath.Join(root, "a"), filepath.Join(root, "again")); err != nil {
		t.Fatal(err)
	}
	before, err := Usage(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if before.Inodes != 2 || before.Bytes < 8192 {
		t.Errorf("got %+v, want 2 inodes and at least 8192 bytes", before)
	}
	if err := os.Symlink("/", filepath.Join(root, "out")); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "b"), 1<<20)
	after, err := Usage(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	if after.Inodes != 4 || after.Bytes-before.Bytes != 1<<20 {
		t.Errorf("got %+v after %+v", after, before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Usage(ctx, root); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

func TestSync(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "sub", "f"), 10)
	if err := os.Symlink("nowhere", filepath.Join(root, "dangling")); err != nil {
		t.Fatal(err)
	}
	for _, inodes := range []int64{1, fewInodes + 1} {
		if err := Sync(root, inodes); err != nil {
			t.Errorf("%d inodes: %v", inodes, err)
		}
	}
}
