package build_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image"
	"argosy.dev/runtime/image/build"
)

func open(t *testing.T) *image.Store {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("the image store needs root")
	}
	s, err := image.Open(image.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		all, _ := s.Snapshots().List()
		for _, i := range all {
			if err := s.Snapshots().Remove(t.Context(), i.ID); err != nil {
				t.Error(err)
			}
		}
		s.Close()
	})
	return s
}

// files makes a directory with a bit of everything that an image can have.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"z", "bin/tool", "bin/sub/data", "empty/.keep"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "bin/tool"), 0o755|fs.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../z", filepath.Join(dir, "bin/link")); err != nil {
		t.Fatal(err)
	}
	return dir
}

// prepare mounts a root file system of an image.
func prepare(t *testing.T, s *image.Store, i image.Image, id string) string {
	t.Helper()
	rootfs, err := s.Snapshots().Prepare(t.Context(), id, i.ID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Snapshots().Remove(t.Context(), id); err != nil {
			t.Error(err)
		}
	})
	return rootfs
}

func TestBuild(t *testing.T) {
	s := open(t)
	src := files(t)
	i, err := build.Image(t.Context(), s, build.Options{
		Name:       "base:v1",
		Add:        []build.Add{{Src: src, Dst: "/opt/app"}, {Src: src + "/z", Dst: "/etc/"}, {Src: src + "/bin/link", Dst: "/etc/renamed"}, {Data: []byte("inline"), Mode: 0o600, Dst: "/etc/inline"}},
		Entrypoint: []string{"/opt/app/bin/tool"}, Cmd: []string{"serve"}, Env: []string{"A=1", "B=2"},
		WorkDir: "/opt", User: "7:8", StopSignal: "SIGINT", Labels: map[string]string{"l": "1"}, ExposedPorts: []string{"80", "53/udp"}, Volumes: []string{"/data"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := ocispec.ImageConfig{
		User: "7:8", ExposedPorts: map[string]struct{}{"80/tcp": {}, "53/udp": {}}, Env: []string{"A=1", "B=2"}, Entrypoint: []string{"/opt/app/bin/tool"},
		Cmd: []string{"serve"}, Volumes: map[string]struct{}{"/data": {}}, WorkingDir: "/opt", Labels: map[string]string{"l": "1"}, StopSignal: "SIGINT",
	}
	if diff := cmp.Diff(want, i.Config.Config); diff != "" {
		t.Error(diff)
	}
	rootfs := prepare(t, s, i, "c")
	for path, want := range map[string]string{"opt/app/z": "z", "opt/app/bin/tool": "bin/tool", "opt/app/bin/link": "z", "opt/app/bin/sub/data": "bin/sub/data", "etc/z": "z", "etc/renamed": "z", "etc/inline": "inline"} {
		if data, err := os.ReadFile(filepath.Join(rootfs, path)); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(rootfs, "opt/app/bin/tool"), &st); err != nil || st.Mode&0o7777 != 0o4755 || st.Uid != 0 || st.Mtim.Sec != 0 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestReproducible(t *testing.T) {
	one, two := open(t), open(t)
	options := func() build.Options {
		return build.Options{Name: "app", Add: []build.Add{{Src: files(t), Dst: "/"}}, Labels: map[string]string{"a": "1", "b": "2", "c": "3"}, ExposedPorts: []string{"1", "2", "3"}}
	}
	a, err := build.Image(t.Context(), one, options())
	if err != nil {
		t.Fatal(err)
	}
	o := options()
	for _, path := range []string{"z", "bin/tool", "bin"} {
		if err := os.Chtimes(filepath.Join(o.Add[0].Src, path), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Lchown(filepath.Join(o.Add[0].Src, "z"), 12, 13); err != nil {
		t.Fatal(err)
	}
	b, err := build.Image(t.Context(), two, o)
	if err != nil {
		t.Fatal(err)
	}
	if a.ID != b.ID || a.Manifest != b.Manifest {
		t.Errorf("the same files give %s and %s", a.ID, b.ID)
	}
	if err := os.WriteFile(filepath.Join(o.Add[0].Src, "z"), []byte("other"), 0o644); err != nil {
		t.Fatal(err)
	}
	if c, err := build.Image(t.Context(), two, o); err != nil || c.ID == b.ID {
		t.Errorf("other files give the same image: %v", err)
	}
}

func TestBase(t *testing.T) {
	s := open(t)
	base, err := build.Image(t.Context(), s, build.Options{
		Name: "base", Add: []build.Add{{Data: []byte("base"), Mode: 0o644, Dst: "/etc/f"}, {Data: []byte("base"), Mode: 0o644, Dst: "/etc/g"}},
		Entrypoint: []string{"/a"}, Cmd: []string{"b"}, Env: []string{"PATH=/bin", "X=1"}, Labels: map[string]string{"l": "1"}, User: "me",
	})
	if err != nil {
		t.Fatal(err)
	}
	i, err := build.Image(t.Context(), s, build.Options{
		Name: "derived", Base: "base:latest", Add: []build.Add{{Data: []byte("new"), Mode: 0o644, Dst: "/etc/f"}},
		Entrypoint: []string{"/c"}, Env: []string{"X=2", "Y=3"}, Labels: map[string]string{"m": "2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := i.Config.Config
	if c.User != "me" || c.Cmd != nil || strings.Join(c.Env, " ") != "PATH=/bin X=2 Y=3" || len(c.Labels) != 2 || len(i.Config.History) != 2 || len(i.Config.RootFS.DiffIDs) != 2 {
		t.Errorf("got %+v", i.Config)
	}
	if again, err := s.Resolve(t.Context(), "base"); err != nil || len(again.Config.Config.Labels) != 1 || again.ID != base.ID {
		t.Errorf("the base was changed: %+v, %v", again, err)
	}
	rootfs := prepare(t, s, i, "c")
	for path, want := range map[string]string{"etc/f": "new", "etc/g": "base"} {
		if data, err := os.ReadFile(filepath.Join(rootfs, path)); err != nil || string(data) != want {
			t.Errorf("%s: %q, %v", path, data, err)
		}
	}
	// A retag with nothing new: no layer is added.
	only, err := build.Image(t.Context(), s, build.Options{Name: "labelled", Base: "base", Labels: map[string]string{"x": "y"}})
	if err != nil || len(only.Config.RootFS.DiffIDs) != 1 || !only.Config.History[1].EmptyLayer {
		t.Errorf("%+v, %v", only.Config, err)
	}
}

func TestRefused(t *testing.T) {
	s := open(t)
	dir := t.TempDir()
	if err := unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	whiteout := t.TempDir()
	if err := os.WriteFile(filepath.Join(whiteout, ".wh.x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		o    build.Options
		text string
	}{
		{build.Options{Name: "Not A Name"}, "valid image name"},
		{build.Options{Name: "x@sha256:" + strings.Repeat("a", 64)}, "digest"},
		{build.Options{Name: "x", Base: "nope"}, "pull or load it first"},
		{build.Options{Name: "x", Add: []build.Add{{Src: "/no/such/file", Dst: "/x"}}}, "/no/such/file"},
		{build.Options{Name: "x", Add: []build.Add{{Src: dir, Dst: "relative"}}}, "absolute"},
		{build.Options{Name: "x", Add: []build.Add{{Src: dir, Dst: "/x"}}}, "fifo"},
		{build.Options{Name: "x", Add: []build.Add{{Src: whiteout, Dst: "/x"}}}, ".wh."},
		{build.Options{Name: "x", Add: []build.Add{{Data: []byte("x"), Dst: "/"}}}, "root directory"},
		{build.Options{Name: "x", Env: []string{"NOVALUE"}}, "NAME=VALUE"},
		{build.Options{Name: "x", ExposedPorts: []string{"http"}}, "PORT"},
		{build.Options{Name: "x", WorkDir: "relative"}, "absolute"},
	} {
		if _, err := build.Image(t.Context(), s, tc.o); err == nil || !strings.Contains(err.Error(), tc.text) {
			t.Errorf("%+v: %v", tc.o, err)
		}
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("listed: %v, %v", list, err)
	}
}
