package netns

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func fresh(t *testing.T) *Handle {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.Close() })
	return h
}

// here tells the namespace of the calling thread.
func here(t *testing.T) string {
	t.Helper()
	name, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		t.Fatal(err)
	}
	return name
}

func TestDoComesHome(t *testing.T) {
	h := fresh(t)
	home := here(t)
	var inside []string
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if err := h.Do(func() error {
				name, err := os.Readlink("/proc/thread-self/ns/net")
				mu.Lock()
				defer mu.Unlock()
				inside = append(inside, name)
				return err
			}); err != nil {
				t.Error(err)
			}
			if now, _ := os.Readlink("/proc/thread-self/ns/net"); now != home {
				t.Errorf("a goroutine ended in %s", now)
			}
		})
	}
	all.Wait()
	for _, name := range inside {
		if name == home || name != inside[0] {
			t.Fatalf("inside was %s, home is %s", name, home)
		}
	}
	interfaces := func() (n int) {
		if err := h.Do(func() error {
			all, err := net.Interfaces()
			n = len(all)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := interfaces(); n > 1 {
		t.Errorf("a new namespace has %d interfaces", n)
	}
}

func TestErrorsPassThrough(t *testing.T) {
	h := fresh(t)
	broken := errors.New("broken")
	if err := h.Do(func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestOpen(t *testing.T) {
	h := fresh(t)
	again, err := Open(h.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	a, err := h.Inode()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := again.Inode(); a != b || err != nil {
		t.Errorf("inodes %d and %d, %v", a, b, err)
	}
	own, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	if c, err := own.Inode(); c == a || err != nil {
		t.Errorf("the own namespace has inode %d, %v", c, err)
	}
	home := here(t)
	if err := own.Do(func() error {
		if now := here(t); now != home {
			t.Errorf("the own namespace is %s, not %s", now, home)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{file: "not a pinned namespace", file + "x": "no such file"} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", path, err)
		}
	}
}
