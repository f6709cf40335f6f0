package image_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"argosy.dev/base/backoff"
	"argosy.dev/runtime/image"
	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/registry"
)

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the image store needs root")
	}
}

func open(t testing.TB, dir string) *image.Store {
	t.Helper()
	needRoot(t)
	s, err := image.Open(image.Options{Dir: dir, Registry: registry.Options{Retry: backoff.Policy{First: time.Nanosecond}, Stall: 2 * time.Second}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		snapshots, err := s.Snapshots().List()
		if err != nil {
			t.Error(err)
		}
		for _, info := range snapshots {
			if err := s.Snapshots().Remove(context.Background(), info.ID); err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func simple(t testing.TB, content string) Image {
	return NewImage(t, runtime.GOARCH, ocispec.Image{Config: ocispec.ImageConfig{Cmd: []string{"/run"}, User: "7:8"}},
		GzipLayer(t, File("f", "base"), File("gone", "")), ZstdLayer(t, File("f", content), File(".wh.gone", "")))
}

// entries lists the names in a directory of the store.
func entries(t testing.TB, s *image.Store, sub string) []string {
	t.Helper()
	list, err := os.ReadDir(filepath.Join(s.Dir(), sub))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// holds checks how many blobs and layers there are, and that nothing unfinished is left.
func holds(t testing.TB, s *image.Store, blobs, layers int) {
	t.Helper()
	if got := entries(t, s, "blobs/sha256"); len(got) != blobs {
		t.Errorf("%d blobs, want %d: %v", len(got), blobs, got)
	}
	if got := entries(t, s, "layers"); len(got) != layers {
		t.Errorf("%d layers, want %d: %v", len(got), layers, got)
	}
	for _, sub := range []string{"work", "trash"} {
		if got := entries(t, s, sub); len(got) != 0 {
			t.Errorf("left in %s: %v", sub, got)
		}
	}
}

func TestPullToRootfs(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	fixture := simple(t, "hello")
	name := r.PushIndex(t, "team/app", "v1", NewImage(t, "mips64", ocispec.Image{}), fixture)
	var mu sync.Mutex
	unpacked := 0
	img, err := s.Pull(t.Context(), name, image.PullOptions{Progress: func(p image.Progress) {
		mu.Lock()
		defer mu.Unlock()
		if p.Unpacked {
			unpacked++
		}
		if p.Done > p.Total {
			t.Errorf("progress %+v", p)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if unpacked != 2 {
		t.Errorf("progress told of %d unpacked layers", unpacked)
	}
	if img.ID != fixture.ID() || img.Config.Config.User != "7:8" || len(img.Names) != 1 || img.Names[0] != name || len(img.Digests) != 1 || img.Size <= img.Packed {
		t.Errorf("got %+v", img)
	}
	holds(t, s, 4, 2)
	for _, ref := range []string{name, img.Digests[0], img.ID, img.ID[7:], img.ID[7:15]} {
		if got, err := s.Resolve(t.Context(), ref); err != nil || got.ID != img.ID {
			t.Errorf("%s: %s, %v", ref, got.ID, err)
		}
	}
	rootfs, err := s.Snapshots().Prepare(t.Context(), "c1", img.ID)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(rootfs + "/f"); err != nil || string(data) != "hello" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := os.Lstat(rootfs + "/gone"); err == nil {
		t.Error("a deleted file is there")
	}
	// Nothing is fetched twice.
	before := r.Count("/blobs/")
	if _, err := s.Pull(t.Context(), name, image.PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if after := r.Count("/blobs/"); after != before {
		t.Errorf("%d blobs were fetched again", after-before)
	}
	if again, err := s.Resolve(t.Context(), img.ID); err != nil || !again.Used.After(again.Added) {
		t.Errorf("last use %s, added %s, %v", again.Used, again.Added, err)
	}
}

func TestNotFound(t *testing.T) {
	s := open(t, t.TempDir())
	for ref, want := range map[string]string{
		"nginx": "docker.io/library/nginx:latest", "sha256:" + strings.Repeat("ab", 32): "abab", "abcd": "library/abcd",
	} {
		if _, err := s.Resolve(t.Context(), ref); !errors.Is(err, image.ErrNotFound) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if _, err := s.Resolve(t.Context(), "No Name"); !errors.Is(err, registry.ErrReference) {
		t.Error(err)
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", "sha256:"+strings.Repeat("ab", 32)); !errors.Is(err, image.ErrNotFound) {
		t.Error(err)
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", "nginx"); err == nil || !strings.Contains(err.Error(), "not an image id") {
		t.Error(err)
	}
}

func TestRemove(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	a, err := s.Pull(t.Context(), r.Push(t, "a", "v1", simple(t, "a")), image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Pull(t.Context(), r.Push(t, "b", "v1", simple(t, "b")), image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	holds(t, s, 7, 3) // the first layer is shared
	if err := s.Tag(t.Context(), a.ID, "mine"); err != nil {
		t.Fatal(err)
	}
	removed, err := s.Remove(t.Context(), a.Names[0], false)
	if err != nil || removed.Deleted != "" || len(removed.Untagged) != 1 {
		t.Errorf("%+v, %v", removed, err)
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", a.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(t.Context(), "mine", true); !errors.Is(err, image.ErrInUse) || !strings.Contains(err.Error(), "by c") {
		t.Errorf("in use: %v", err)
	}
	if err := s.Snapshots().Remove(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	if err := s.Pin(t.Context(), "mine", true); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Remove(t.Context(), a.ID, false); !errors.Is(err, image.ErrPinned) {
		t.Errorf("pinned: %v", err)
	}
	if err := s.Pin(t.Context(), "mine", false); err != nil {
		t.Fatal(err)
	}
	if removed, err := s.Remove(t.Context(), "mine", false); err != nil || removed.Deleted != a.ID {
		t.Errorf("%+v, %v", removed, err)
	}
	holds(t, s, 4, 2)
	if _, err := s.Remove(t.Context(), "mine", false); !errors.Is(err, image.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if _, err := s.Remove(t.Context(), b.ID[7:20], false); err != nil {
		t.Error(err)
	}
	holds(t, s, 0, 0)
}

func TestTagMoves(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	name := r.Push(t, "a", "v1", simple(t, "old"))
	old, err := s.Pull(t.Context(), name, image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r.Push(t, "a", "v1", simple(t, "new"))
	if _, err := s.Pull(t.Context(), name, image.PullOptions{}); err != nil {
		t.Fatal(err)
	}
	list, err := s.List(t.Context())
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if got, err := s.Resolve(t.Context(), old.ID); err != nil || len(got.Names) != 0 || len(got.Digests) != 1 {
		t.Errorf("the old image: %+v, %v", got, err)
	}
}

func TestPullFailures(t *testing.T) {
	r := NewRegistry(t)
	wrongDiff := simple(t, "x")
	wrongDiff.Config.RootFS.DiffIDs[1] = wrongDiff.Config.RootFS.DiffIDs[0]
	mismatch := NewImage(t, runtime.GOARCH, ocispec.Image{}, PlainLayer(t, File("f", "")))
	l := PlainLayer(t, File("f", "other"))
	l.DiffID = mismatch.Config.RootFS.DiffIDs[0]
	mismatch = NewImage(t, runtime.GOARCH, ocispec.Image{}, l)
	hostile := NewImage(t, runtime.GOARCH, ocispec.Image{}, PlainLayer(t, File("ok", "")), GzipLayer(t, File("../../../evil", "")))
	bomb := NewImage(t, runtime.GOARCH, ocispec.Image{}, GzipLayer(t, File("zeros", strings.Repeat("\x00", 3<<20))))
	noConfig := simple(t, "y")
	noConfig.Manifest.Layers = noConfig.Manifest.Layers[:1]

	for _, tc := range []struct {
		name   string
		image  Image
		reason registry.Reason
		is     error
		text   string
	}{
		{"content that is not the configuration's", mismatch, registry.Unsupported, layer.ErrInvalid, "the configuration says"},
		{"a layer that climbs", hostile, registry.Unsupported, layer.ErrUnsafe, "../../../evil"},
		{"a bomb", bomb, registry.Unsupported, layer.ErrLimit, "1048576"},
		{"too few layers", noConfig.Seal(t), registry.Unsupported, image.ErrInvalid, "2"},
		{"another architecture, no index", NewImage(t, "mips64", ocispec.Image{}, PlainLayer(t)), registry.Platform, registry.ErrPlatform, "it has linux/mips64"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			needRoot(t)
			dir := t.TempDir()
			s, err := image.Open(image.Options{Dir: dir, Limits: layer.Limits{Bytes: 1 << 20}})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			name := r.Push(t, "bad", "v1", tc.image)
			_, err = s.Pull(t.Context(), name, image.PullOptions{})
			var pull *registry.Error
			if !errors.As(err, &pull) || pull.Reason != tc.reason || !errors.Is(err, tc.is) || !strings.Contains(err.Error(), tc.text) || !strings.Contains(err.Error(), name) {
				t.Errorf("got %v", err)
			}
			holds(t, s, 0, 0)
			if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
				t.Errorf("%v, %v", list, err)
			}
		})
	}
}

func TestConcurrentPullsShareTheWork(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	name := r.Push(t, "a", "v1", simple(t, "x"))
	other := r.Push(t, "b", "v1", simple(t, "x"))
	gate := make(chan struct{})
	r.Hook(func(http.ResponseWriter, *http.Request) bool { <-gate; return false })
	var wg sync.WaitGroup
	var ready sync.WaitGroup
	for i := range 20 {
		ready.Add(1)
		wg.Go(func() {
			ready.Done()
			ref := name
			if i%2 == 0 {
				ref = other
			}
			if _, err := s.Pull(t.Context(), ref, image.PullOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	ready.Wait()
	close(gate)
	wg.Wait()
	if n := r.Count("/blobs/"); n != 3 {
		t.Errorf("%d blobs were fetched, want 3", n)
	}
	if img, err := s.Resolve(t.Context(), name); err != nil || len(img.Names) != 2 {
		t.Errorf("%+v, %v", img, err)
	}
	holds(t, s, 4, 2)
}

func TestPullCanceled(t *testing.T) {
	s := open(t, t.TempDir())
	r := NewRegistry(t)
	name := r.Push(t, "a", "v1", simple(t, "x"))
	ctx, cancel := context.WithCancel(t.Context())
	r.Hook(func(_ http.ResponseWriter, request *http.Request) bool {
		if strings.Contains(request.URL.Path, "/blobs/") {
			cancel()
			<-request.Context().Done()
		}
		return false
	})
	if _, err := s.Pull(ctx, name, image.PullOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	r.Hook(nil)
	if _, err := s.Pull(t.Context(), name, image.PullOptions{}); err != nil {
		t.Error(err)
	}
}

func TestDamageOnDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	r := NewRegistry(t)
	fixture := simple(t, "x")
	name := r.Push(t, "a", "v1", fixture)
	img, err := s.Pull(t.Context(), name, image.PullOptions{})
	if err != nil {
		t.Fatal(err)
	}
	// Layers that someone deleted are unpacked again.
	for _, l := range entries(t, s, "layers") {
		if err := os.RemoveAll(filepath.Join(dir, "layers", l, "fs")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", img.ID); err != nil {
		t.Error(err)
	}
	if err := s.Snapshots().Remove(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	// A blob that is damaged as well is dropped, and the next pull brings it.
	blob := filepath.Join(dir, "blobs/sha256", fixture.Manifest.Layers[0].Digest.Encoded())
	if err := os.WriteFile(blob, make([]byte, fixture.Manifest.Layers[0].Size), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, l := range entries(t, s, "layers") {
		if err := os.RemoveAll(filepath.Join(dir, "layers", l)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", img.ID); err == nil || !strings.Contains(err.Error(), "pull the image again") {
		t.Errorf("got %v", err)
	}
	if _, err := s.Pull(t.Context(), name, image.PullOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Snapshots().Prepare(t.Context(), "c", img.ID); err != nil {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/index.json", []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := image.Open(image.Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), dir+"/index.json") {
		t.Errorf("damaged list: %v", err)
	}
	if _, err := image.Open(image.Options{Dir: dir + "/index.json/x"}); err == nil {
		t.Error("a directory below a file")
	}
	if _, err := image.Open(image.Options{}); err == nil {
		t.Error("no directory")
	}
}

func TestOpenCleansUp(t *testing.T) {
	dir := t.TempDir()
	needRoot(t)
	for _, path := range []string{"work/dead/layer/fs/usr", "work/half", "layers/" + strings.Repeat("ab", 32) + "/fs", "trash/x/y", "blobs/sha256"} {
		if err := os.MkdirAll(filepath.Join(dir, path), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, path := range []string{"work/dead/lock", "work/dead/refs", "blobs/sha256/" + strings.Repeat("cd", 32)} {
		if err := os.WriteFile(filepath.Join(dir, path), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := image.Open(image.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	// Close waits for the cleaning only if it has begun to; a second collection finds nothing left either way.
	if _, err := s.Load(t.Context(), strings.NewReader("")); err == nil {
		t.Error("an empty archive was loaded")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	holds(t, s, 0, 0)
}

// TestTwoStores uses one directory from two stores, as two processes do.
func TestTwoStores(t *testing.T) {
	dir := t.TempDir()
	one, two := open(t, dir), open(t, dir)
	r := NewRegistry(t)
	var wg sync.WaitGroup
	for i := range 8 {
		name := r.Push(t, fmt.Sprint("app", i), "v1", simple(t, fmt.Sprint(i)))
		for _, s := range []*image.Store{one, two} {
			wg.Go(func() {
				img, err := s.Pull(t.Context(), name, image.PullOptions{})
				if err != nil {
					t.Error(err)
					return
				}
				if i%2 == 0 {
					return
				}
				id := fmt.Sprintf("c%d-%p", i, s)
				if _, err := s.Snapshots().Prepare(t.Context(), id, img.ID); err != nil && !errors.Is(err, image.ErrNotFound) {
					t.Errorf("prepare: %v", err)
				}
				if err := s.Snapshots().Remove(t.Context(), id); err != nil {
					t.Errorf("remove: %v", err)
				}
				if _, err := s.Remove(t.Context(), img.ID, false); err != nil && !errors.Is(err, image.ErrNotFound) && !errors.Is(err, image.ErrInUse) {
					t.Errorf("remove image: %v", err)
				}
			})
		}
	}
	wg.Wait()
	a, err := one.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, err := two.List(t.Context())
	if err != nil || len(a) != len(b) {
		t.Fatalf("%d images in one, %d in the other, %v", len(a), len(b), err)
	}
	for _, img := range b {
		if _, err := one.Snapshots().Prepare(t.Context(), "check", img.ID); err != nil {
			t.Errorf("%s: %v", img.Names, err)
		}
		if err := one.Snapshots().Remove(t.Context(), "check"); err != nil {
			t.Error(err)
		}
	}
	for _, img := range b {
		if _, err := two.Remove(t.Context(), img.ID, false); err != nil {
			t.Error(err)
		}
	}
	holds(t, one, 0, 0)
}
