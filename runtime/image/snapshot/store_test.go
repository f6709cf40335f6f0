package snapshot

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/layer"
	"argosy.dev/runtime/image/tree"
)

// images is a set of unpacked images.
type images map[string][]string

func (i images) Hold(_ context.Context, id string) ([]string, func(), error) {
	layers, ok := i[id]
	if !ok {
		return nil, nil, fmt.Errorf("no image %s", id)
	}
	return layers, func() {}, nil
}

func unpack(t testing.TB, layers ...[]Entry) []string {
	t.Helper()
	var dirs []string
	for _, entries := range layers {
		dir := t.TempDir()
		if _, err := layer.Unpack(t.Context(), dir, bytes.NewReader(Tar(t, entries...)), layer.Options{Lower: dirs}); err != nil {
			t.Fatal(err)
		}
		dirs = append([]string{dir}, dirs...)
	}
	return dirs
}

func open(t testing.TB, i images) *Store {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("overlay mounts need root")
	}
	dir := filepath.Join(t.TempDir(), "snapshots")
	s, err := Open(dir, i)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		all, err := s.List()
		if err != nil {
			t.Error(err)
		}
		for _, info := range all {
			if err := s.Remove(context.Background(), info.ID); err != nil {
				t.Error(err)
			}
		}
		mounts, err := os.ReadFile("/proc/self/mountinfo")
		if err != nil || strings.Contains(string(mounts), dir) {
			t.Errorf("something is still mounted under %s (%v)", dir, err)
		}
		if left, _ := os.ReadDir(filepath.Join(dir, trash)); len(left) != 0 {
			t.Errorf("left in the trash: %v", left)
		}
	})
	return s
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func absent(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is there: %v", path, err)
	}
}

func TestPrepareShowsTheImage(t *testing.T) {
	s := open(t, images{"sha256:1": unpack(t,
		[]Entry{Dir("./").WithMode(0o750).WithOwner(12, 13), File("etc/a", "old"), File("etc/b", "b"), File("opt/x/y", "gone"), File("usr/f", "f"), Dir("tmp").WithMode(0o1777)},
		[]Entry{File("etc/.wh.b", ""), File("opt/.wh..wh..opq", ""), File("opt/z", "z"), File("tmp/t", "t")},
		[]Entry{File("etc/a", "new")},
	)})
	rootfs, err := s.Prepare(t.Context(), "c1", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	if got := read(t, rootfs+"/etc/a") + read(t, rootfs+"/usr/f") + read(t, rootfs+"/opt/z"); got != "newfz" {
		t.Errorf("contents %q", got)
	}
	absent(t, rootfs+"/etc/b")
	absent(t, rootfs+"/opt/x")
	for dir, want := range map[string]string{"/etc": "a", "/opt": "z", "/tmp": "t"} {
		entries, err := os.ReadDir(rootfs + dir)
		if err != nil || len(entries) != 1 || entries[0].Name() != want {
			t.Errorf("%s lists %v, %v", dir, entries, err)
		}
	}
	var st unix.Stat_t
	if err := unix.Stat(rootfs, &st); err != nil || st.Mode&0o7777 != 0o750 || st.Uid != 12 || st.Gid != 13 {
		t.Errorf("the root has mode %o owner %d:%d, %v", st.Mode, st.Uid, st.Gid, err)
	}
	if err := unix.Stat(rootfs+"/tmp", &st); err != nil || st.Mode&0o7777 != 0o1777 {
		t.Errorf("/tmp has mode %o, %v", st.Mode, err)
	}
}

func TestSnapshotsAreApart(t *testing.T) {
	layers := unpack(t, []Entry{File("f", "image")})
	s := open(t, images{"sha256:1": layers})
	a, err := s.Prepare(t.Context(), "a", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Prepare(t.Context(), "b", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	before, err := s.Usage(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(a+"/f", make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	after, err := s.Usage(t.Context(), "a")
	if err != nil || after.Bytes-before.Bytes != 1<<20 || after.Inodes-before.Inodes != 1 {
		t.Errorf("usage %+v, then %+v, %v", before, after, err)
	}
	if read(t, b+"/f") != "image" || read(t, layers[0]+"/f") != "image" {
		t.Error("a write went through to others")
	}
	if err := s.Remove(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if read(t, b+"/f") != "image" {
		t.Error("the other snapshot suffered")
	}
	if _, err := s.Usage(t.Context(), "a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("usage of a removed one: %v", err)
	}
	for range 2 {
		if err := s.Remove(t.Context(), "a"); err != nil {
			t.Errorf("removing again: %v", err)
		}
	}
	users, err := s.Users()
	if err != nil || len(users) != 1 || fmt.Sprint(users["sha256:1"]) != "[b]" {
		t.Errorf("users %v, %v", users, err)
	}
}

func TestPrepareAgain(t *testing.T) {
	s := open(t, images{"sha256:1": unpack(t, []Entry{File("f", "1")}), "sha256:2": unpack(t, []Entry{File("f", "2")})})
	rootfs, err := s.Prepare(t.Context(), "c", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rootfs+"/mine", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if again, err := s.Prepare(t.Context(), "c", "sha256:1"); err != nil || again != rootfs {
		t.Errorf("%s, %v", again, err)
	}
	if _, err := os.Stat(rootfs + "/mine"); err != nil {
		t.Errorf("contents were lost: %v", err)
	}
	if _, err := s.Prepare(t.Context(), "c", "sha256:2"); !errors.Is(err, ErrExists) {
		t.Errorf("another image: %v", err)
	}
	// As after a reboot: the directories are there, the mount is not.
	if err := unix.Unmount(rootfs, 0); err != nil {
		t.Fatal(err)
	}
	all, err := s.List()
	if err != nil || len(all) != 1 || all[0].Mounted || all[0].ImageID != "sha256:1" {
		t.Errorf("list %+v, %v", all, err)
	}
	if _, err := s.Prepare(t.Context(), "c", "sha256:2"); err != nil {
		t.Fatal(err)
	}
	absent(t, rootfs+"/mine")
	if read(t, rootfs+"/f") != "2" {
		t.Error("not the new image")
	}
}

func TestLeftoversOfCrashes(t *testing.T) {
	s := open(t, images{"sha256:1": unpack(t, []Entry{File("f", "1")})})
	for name, make := range map[string]func(dir string) error{
		"bare":     func(string) error { return nil },
		"half":     func(dir string) error { return os.Symlink("sha256:gone", dir+"/image") },
		"no-image": func(dir string) error { return os.Mkdir(dir+"/upper", 0o755) },
	} {
		dir := filepath.Join(s.dir, name)
		if err := errors.Join(os.Mkdir(dir, 0o700), make(dir)); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Prepare(t.Context(), name, "sha256:1"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A removal that was interrupted after its rename, with the mount put back to be mean.
	if _, err := s.Prepare(t.Context(), "removed", "sha256:1"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(s.dir, "removed"), filepath.Join(s.dir, trash, "removed-x")); err != nil {
		t.Fatal(err)
	}
	if err := s.Clean(); err != nil {
		t.Error(err)
	}
	absent(t, filepath.Join(s.dir, trash, "removed-x"))
}

func TestFailedPrepareLeavesNothing(t *testing.T) {
	s := open(t, images{"sha256:bad": {"/no/such/layer"}})
	for _, id := range []string{"sha256:bad", "sha256:unknown"} {
		if _, err := s.Prepare(t.Context(), "c", id); err == nil {
			t.Errorf("%s: no error", id)
		}
		if all, err := s.List(); err != nil || len(all) != 0 {
			t.Errorf("%s: left %v, %v", id, all, err)
		}
	}
	for _, id := range []string{"", ".", "..", "a/b", "../x", ".trash", "-x", strings.Repeat("a", 200)} {
		if _, err := s.Prepare(t.Context(), id, "sha256:bad"); !errors.Is(err, ErrID) {
			t.Errorf("id %q: %v", id, err)
		}
		if err := s.Remove(t.Context(), id); !errors.Is(err, ErrID) {
			t.Errorf("removing id %q: %v", id, err)
		}
	}
}

func TestRemoveSparesVolumes(t *testing.T) {
	s := open(t, images{"sha256:1": unpack(t, []Entry{Dir("data")})})
	volume := t.TempDir()
	if err := os.WriteFile(volume+"/precious", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	rootfs, err := s.Prepare(t.Context(), "c", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	// One inside the root file system, one that a mistake put beside it.
	upper := filepath.Join(s.dir, "c", "upper")
	if err := unix.Mount(volume, rootfs+"/data", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(volume, rootfs+"/out"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(upper+"/stray", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount(volume, upper+"/stray", "", unix.MS_BIND, ""); err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), "c"); !errors.Is(err, tree.ErrMounted) {
		t.Errorf("got %v, want ErrMounted", err)
	}
	away, err := filepath.Glob(filepath.Join(s.dir, trash, "c-*/upper/stray"))
	if err != nil || len(away) != 1 {
		t.Fatalf("%v, %v", away, err)
	}
	if err := unix.Unmount(away[0], unix.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if err := s.Clean(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(volume + "/precious"); err != nil {
		t.Errorf("the volume's file is gone: %v", err)
	}
}

func TestManyLayers(t *testing.T) {
	var layers []string
	for i := range 127 {
		// Long names, so that options in one string would not fit.
		dir := filepath.Join(t.TempDir(), strings.Repeat("x", 60))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		layers = append(layers, dir)
	}
	for _, classic := range []bool{false, true} {
		s := open(t, images{"sha256:1": layers})
		s.mounts.classic.Store(classic)
		rootfs, err := s.Prepare(t.Context(), "c", "sha256:1")
		if err != nil {
			t.Fatalf("classic %t: %v", classic, err)
		}
		if entries, err := os.ReadDir(rootfs); err != nil || len(entries) != len(layers) {
			t.Errorf("classic %t: %d files, %v", classic, len(entries), err)
		}
		if s.mounts.classic.Load() != classic {
			t.Log("this kernel takes layers only in one string")
		}
	}
}

func TestNoLayers(t *testing.T) {
	s := open(t, images{"sha256:1": nil})
	rootfs, err := s.Prepare(t.Context(), "c", "sha256:1")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(rootfs+"/f", nil, 0o600); err != nil {
		t.Error(err)
	}
}

func TestConcurrent(t *testing.T) {
	s := open(t, images{"sha256:1": unpack(t, []Entry{File("f", "1")})})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			id := fmt.Sprint("c", i%20)
			if _, err := s.Prepare(t.Context(), id, "sha256:1"); err != nil {
				t.Error(err)
			}
			if i%4 == 0 {
				if err := s.Remove(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkPrepare(b *testing.B) {
	for _, count := range []int{3, 20} {
		b.Run(fmt.Sprintf("%d layers", count), func(b *testing.B) {
			var layers []string
			for range count {
				layers = append(layers, b.TempDir())
			}
			s := open(b, images{"sha256:1": layers})
			for i := 0; b.Loop(); i++ {
				if _, err := s.Prepare(b.Context(), fmt.Sprint("c", i), "sha256:1"); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := s.Remove(b.Context(), fmt.Sprint("c", i)); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
		})
	}
}
