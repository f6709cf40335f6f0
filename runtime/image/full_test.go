package image_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image"
	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/registry"
)

// TestDiskFull fills a small file system: with a blob, with an unpacked layer, and with an archive. Each time the error says
// so, nothing stays, and a smaller image fits.
func TestDiskFull(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Unmount(dir, unix.MNT_DETACH) })
	s := open(t, dir)
	r := NewRegistry(t)
	noise := make([]byte, 8<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	large := NewImage(t, runtime.GOARCH, ocispec.Image{}, PlainLayer(t, File("f", string(noise))))
	unpacks := NewImage(t, runtime.GOARCH, ocispec.Image{}, GzipLayer(t, File("f", string(make([]byte, 8<<20)))))

	for name, pushed := range map[string]string{"a large blob": r.Push(t, "large", "v1", large), "a layer that unpacks to much": r.Push(t, "unpacks", "v1", unpacks)} {
		_, err := s.Pull(t.Context(), pushed, image.PullOptions{})
		var pull *registry.Error
		if !errors.Is(err, unix.ENOSPC) || !errors.As(err, &pull) || pull.Reason != registry.Local {
			t.Errorf("%s: %v", name, err)
		}
		holds(t, s, 0, 0)
	}
	if _, err := s.Load(t.Context(), bytes.NewReader(Tar(t, dockerSave(t, large, "x")...))); !errors.Is(err, unix.ENOSPC) {
		t.Errorf("an archive: %v", err)
	}
	holds(t, s, 0, 0)
	if _, err := s.Pull(t.Context(), r.Push(t, "small", "v1", simple(t, "x")), image.PullOptions{}); err != nil {
		t.Errorf("a small image afterwards: %v", err)
	}
}
