package layer_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/layer"
)

// FuzzUnpack feeds archives from nowhere. Whatever they hold, nothing appears outside of their directory, no device node but a
// whiteout appears in it, overlayfs finds no instruction in it but opaque, and nothing panics.
func FuzzUnpack(f *testing.F) {
	needRoot(f)
	for _, entries := range [][]Entry{
		{File("a/b", "x"), Symlink("l", "../.."), File("l/y", "z"), Link("h", "a/b")},
		{File(".wh.x", ""), File("lower/.wh..wh..opq", ""), Dir("lower"), Device("null", 1, 3), Fifo("p")},
		{File("../x", "1")}, {Link("x", "../../outside")}, {Symlink("o", "/outside"), File("o/planted", "!")},
		{Dir("d").WithXattr("trusted.overlay.redirect", "/x").WithXattr("user.a", "b"), File("link/f", "1"), Link("k", "lower/f")},
	} {
		plain := Tar(f, entries...)
		f.Add(plain)
		f.Add(Gzip(f, plain))
		f.Add(Zstd(f, plain))
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		outer := t.TempDir()
		outside := filepath.Join(outer, "outside")
		lower := filepath.Join(outer, "lower")
		dir := filepath.Join(outer, "layer")
		for _, d := range []string{outside, lower, filepath.Join(lower, "lower"), dir} {
			if err := os.Mkdir(d, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		for _, file := range []string{filepath.Join(outside, "precious"), filepath.Join(lower, "lower", "f")} {
			if err := os.WriteFile(file, []byte("precious"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("/outside", filepath.Join(lower, "link")); err != nil {
			t.Fatal(err)
		}
		_, _ = layer.Unpack(t.Context(), dir, bytes.NewReader(blob), layer.Options{
			Lower: []string{lower}, Limits: layer.Limits{Bytes: 1 << 20, Entries: 500}, Compressed: int64(len(blob)),
		})
		checkOutside(t, outer)
		checkInside(t, dir)
	})
}

func checkOutside(t *testing.T, outer string) {
	t.Helper()
	for dir, want := range map[string]int{"": 3, "outside": 1, "lower": 2, "lower/lower": 1} {
		entries, err := os.ReadDir(filepath.Join(outer, dir))
		if err != nil || len(entries) != want {
			t.Fatalf("outside of the layer, %q holds %v, %v", dir, entries, err)
		}
	}
	for _, file := range []string{"outside/precious", "lower/lower/f"} {
		var st unix.Stat_t
		if err := unix.Lstat(filepath.Join(outer, file), &st); err != nil || st.Nlink != 1 || st.Mode != unix.S_IFREG|0o600 {
			t.Fatalf("%s was changed: %+v, %v", file, st, err)
		}
		if data, err := os.ReadFile(filepath.Join(outer, file)); err != nil || string(data) != "precious" {
			t.Fatalf("%s was written to: %q, %v", file, data, err)
		}
	}
}

func checkInside(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFBLK, unix.S_IFSOCK:
			t.Fatalf("%s has mode %o", path, st.Mode)
		case unix.S_IFCHR:
			if st.Rdev != 0 {
				t.Fatalf("%s is a device", path)
			}
		}
		names := make([]byte, 4096)
		n, err := unix.Llistxattr(path, names)
		if err != nil {
			return err
		}
		for name := range bytes.SplitSeq(names[:n], []byte{0}) {
			if bytes.HasPrefix(name, []byte("trusted.")) && string(name) != "trusted.overlay.opaque" || bytes.HasPrefix(name, []byte("user.overlay.")) {
				t.Fatalf("%s has attribute %s", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
