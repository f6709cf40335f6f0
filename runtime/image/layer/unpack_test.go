package layer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	. "argosy.dev/runtime/image/imagetest"
	"argosy.dev/runtime/image/layer"
)

func needRoot(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("unpacking layers needs root")
	}
}

// stack unpacks layers one over the other and returns their directories, topmost first.
func stack(t testing.TB, layers ...[]Entry) []string {
	t.Helper()
	var dirs []string
	for i, entries := range layers {
		dir := t.TempDir()
		if _, err := layer.Unpack(t.Context(), dir, bytes.NewReader(Tar(t, entries...)), layer.Options{Lower: dirs}); err != nil {
			t.Fatalf("layer %d: %v", i, err)
		}
		dirs = append([]string{dir}, dirs...)
	}
	return dirs
}

// show prints a layer's directory, a line a name.
func show(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(dir, path)
		var st unix.Stat_t
		if err := unix.Lstat(path, &st); err != nil {
			return err
		}
		fmt.Fprintf(&b, "%s ", rel)
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFDIR:
			fmt.Fprintf(&b, "dir %o", st.Mode&0o7777)
			value := make([]byte, 8)
			if n, err := unix.Lgetxattr(path, "trusted.overlay.opaque", value); err == nil {
				fmt.Fprintf(&b, " opaque=%s", value[:n])
			}
		case unix.S_IFREG:
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "file %o %q", st.Mode&0o7777, data)
			if st.Nlink > 1 {
				fmt.Fprintf(&b, " links=%d", st.Nlink)
			}
		case unix.S_IFLNK:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, "-> %s", target)
		case unix.S_IFIFO:
			b.WriteString("fifo")
		case unix.S_IFCHR:
			fmt.Fprintf(&b, "char %d:%d", unix.Major(st.Rdev), unix.Minor(st.Rdev))
		default:
			fmt.Fprintf(&b, "mode %o", st.Mode)
		}
		if st.Uid != 0 || st.Gid != 0 {
			fmt.Fprintf(&b, " owner=%d:%d", st.Uid, st.Gid)
		}
		b.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func lines(s ...string) string { return strings.Join(s, "\n") + "\n" }

func TestUnpack(t *testing.T) {
	needRoot(t)
	for _, tc := range []struct {
		name   string
		layers [][]Entry
		want   string // the topmost layer
	}{
		{
			name: "what files have",
			layers: [][]Entry{{
				Dir("bin"), File("bin/su", "x").WithMode(0o4755), File("bin/w", "y").WithOwner(1000, 4_000_000_000),
				Dir("tmp").WithMode(0o1777), Symlink("bin/sh", "/bin/su"), Link("bin/su2", "bin/su"), Fifo("tmp/p"),
			}},
			want: lines(`. dir 755`, `bin dir 755`, `bin/sh -> /bin/su`, `bin/su file 4755 "x" links=2`, `bin/su2 file 4755 "x" links=2`,
				`bin/w file 644 "y" owner=1000:4000000000`, `tmp dir 1777`, `tmp/p fifo`),
		},
		{
			name:   "names are relative to the root",
			layers: [][]Entry{{File("/abs", "1"), File("./dot", "2"), File("a/../b", "3"), File("a//c/./d", "4"), Dir(".").WithMode(0o700)}},
			want:   lines(`. dir 700`, `a dir 755`, `a/c dir 755`, `a/c/d file 644 "4"`, `abs file 644 "1"`, `b file 644 "3"`, `dot file 644 "2"`),
		},
		{
			name:   "later entries replace earlier ones",
			layers: [][]Entry{{File("a", "1"), Dir("b"), File("b/c", "x"), Symlink("l", "b"), File("a", "2"), File("b", "now a file"), Dir("l"), File("l/in", "l")}},
			want:   lines(`. dir 755`, `a file 644 "2"`, `b file 644 "now a file"`, `l dir 755`, `l/in file 644 "l"`),
		},
		{
			name:   "a directory keeps its contents when named again",
			layers: [][]Entry{{Dir("d"), File("d/f", "1"), Dir("d").WithMode(0o711)}},
			want:   lines(`. dir 755`, `d dir 711`, `d/f file 644 "1"`),
		},
		{
			name:   "whiteouts",
			layers: [][]Entry{{File("etc/gone", "1"), File("etc/stays", "2"), Dir("var")}, {File("etc/.wh.gone", ""), File(".wh.var", ""), File("etc/.wh.never", "")}},
			want:   lines(`. dir 755`, `etc dir 755`, `etc/gone char 0:0`, `var char 0:0`),
		},
		{
			name:   "a whiteout in the bottom layer means nothing",
			layers: [][]Entry{{File("etc/.wh.gone", ""), File("etc/.wh..wh..opq", ""), File("etc/f", "")}},
			want:   lines(`. dir 755`, `etc dir 755`, `etc/f file 644 ""`),
		},
		{
			name:   "opaque",
			layers: [][]Entry{{File("etc/a", "1"), File("etc/b/c", "1")}, {File("etc/.wh.a", ""), File("etc/.wh..wh..opq", ""), File("etc/.wh.b", ""), File("etc/new", "2")}},
			want:   lines(`. dir 755`, `etc dir 755 opaque=y`, `etc/new file 644 "2"`),
		},
		{
			name:   "an opaque root",
			layers: [][]Entry{{File("etc/a", "1"), File("old", "1")}, {File(".wh..wh..opq", ""), File("etc/b", "2")}},
			want:   lines(`. dir 755`, `etc dir 755 opaque=y`, `etc/b file 644 "2"`, `old char 0:0`),
		},
		{
			name:   "a whiteout spares what its own layer has, in any order",
			layers: [][]Entry{{File("f", "old"), File("d/old", ""), File("e/old", "")}, {File("f", "new"), File(".wh.f", ""), File(".wh.d", ""), File("d/new", ""), File("e/new", ""), File(".wh.e", "")}},
			want:   lines(`. dir 755`, `d dir 755 opaque=y`, `d/new file 644 ""`, `e dir 755 opaque=y`, `e/new file 644 ""`, `f file 644 "new"`),
		},
		{
			name:   "the bookkeeping of aufs",
			layers: [][]Entry{{Dir(".wh..wh.plnk"), File(".wh..wh.aufs", "x"), File("f", "1")}},
			want:   lines(`. dir 755`, `f file 644 "1"`),
		},
		{
			name:   "directories without an entry are as below",
			layers: [][]Entry{{Dir(".").WithMode(0o711), Dir("tmp").WithMode(0o1777), Dir("home/me").WithMode(0o700).WithOwner(5, 6)}, {Dir("x")}, {File("tmp/f", "1"), File("home/me/f", "2")}},
			want:   lines(`. dir 711`, `home dir 755`, `home/me dir 700 owner=5:6`, `home/me/f file 644 "2"`, `tmp dir 1777`, `tmp/f file 644 "1"`),
		},
		{
			name:   "a directory deleted in between is a new one",
			layers: [][]Entry{{Dir("d").WithMode(0o700)}, {File(".wh.d", "")}, {File("d/f", "")}},
			want:   lines(`. dir 755`, `d dir 755`, `d/f file 644 ""`),
		},
		{
			name:   "symbolic links below lead on",
			layers: [][]Entry{{Dir("usr/lib"), Symlink("lib", "usr/lib"), Symlink("l2", "/lib")}, {File("lib/a", "1"), File("l2/b", "2")}},
			want:   lines(`. dir 755`, `usr dir 755`, `usr/lib dir 755`, `usr/lib/a file 644 "1"`, `usr/lib/b file 644 "2"`),
		},
		{
			name:   "an explicit directory replaces a link below",
			layers: [][]Entry{{Dir("usr/lib"), Symlink("lib", "usr/lib")}, {Dir("lib"), File("lib/a", "1")}},
			want:   lines(`. dir 755`, `lib dir 755`, `lib/a file 644 "1"`),
		},
		{
			name:   "hard links to files below copy them",
			layers: [][]Entry{{File("usr/bin/x", "body").WithMode(0o4755).WithOwner(7, 8), Symlink("bin", "usr/bin"), Symlink("s", "where")}, {Link("y", "bin/x"), Link("s2", "s")}},
			want:   lines(`. dir 755`, `s -> where`, `s2 -> where`, `usr dir 755`, `usr/bin dir 755`, `usr/bin/x file 4755 "body" links=2 owner=7:8`, `y file 4755 "body" links=2 owner=7:8`),
		},
		{
			name: "links out of the root stay inside",
			layers: [][]Entry{{
				Symlink("climb", "../../../../../../tmp"), Symlink("abs", "/etc"), Symlink("root", "/"), Symlink("up", ".."), Symlink("self", "/proc/self/root"),
				File("climb/a", "1"), File("abs/b", "2"), File("root/c", "3"), File("up/d", "4"), File("self/e", "5"),
			}},
			want: lines(`. dir 755`, `abs -> /etc`, `c file 644 "3"`, `climb -> ../../../../../../tmp`, `d file 644 "4"`, `etc dir 755`, `etc/b file 644 "2"`,
				`proc dir 755`, `proc/self dir 755`, `proc/self/root dir 755`, `proc/self/root/e file 644 "5"`, `root -> /`, `self -> /proc/self/root`, `tmp dir 755`, `tmp/a file 644 "1"`, `up -> ..`),
		},
		{
			name:   "device nodes are left out",
			layers: [][]Entry{{Device("dev/null", 1, 3), Device("dev/mem", 1, 1), Device("fake-whiteout", 0, 0), File("f", "")}},
			want:   lines(`. dir 755`, `dev dir 755`, `f file 644 ""`),
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dirs := stack(t, tc.layers...)
			if diff := cmp.Diff(tc.want, show(t, dirs[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	needRoot(t)
	deep := strings.Repeat("d/", 300) + "f"
	var loop []Entry
	for i := range 60 {
		loop = append(loop, Symlink(fmt.Sprint("l", i), fmt.Sprint("l", i+1)))
	}
	for _, tc := range []struct {
		name    string
		entries []Entry
		limits  layer.Limits
		want    error
		text    string
	}{
		{"a name that climbs", []Entry{File("../evil", "x")}, layer.Limits{}, layer.ErrUnsafe, `"../evil"`},
		{"an absolute name that climbs", []Entry{File("/a/../../evil", "x")}, layer.Limits{}, layer.ErrUnsafe, "leaves the root"},
		{"a directory that climbs", []Entry{Dir("a/../..")}, layer.Limits{}, layer.ErrUnsafe, "leaves the root"},
		{"a hard link that climbs", []Entry{Link("passwd", "../../../../etc/passwd")}, layer.Limits{}, layer.ErrUnsafe, "leaves the root"},
		{"a hard link to a file of the host", []Entry{Link("passwd", "/etc/passwd")}, layer.Limits{}, layer.ErrInvalid, "no such file"},
		{"a hard link through a link out", []Entry{Symlink("e", "/etc"), Link("passwd", "e/passwd")}, layer.Limits{}, layer.ErrInvalid, "no such file"},
		{"a hard link to a directory", []Entry{Dir("d"), Link("l", "d")}, layer.Limits{}, layer.ErrInvalid, "directory"},
		{"a hard link to itself", []Entry{File("f", ""), Link("f", "f")}, layer.Limits{}, layer.ErrInvalid, "itself"},
		{"a hard link that replaces its target's directory", []Entry{File("d/f", ""), Link("d", "d/f")}, layer.Limits{}, unix.ENOENT, ""},
		{"a loop of links", []Entry{Symlink("a", "b"), Symlink("b", "a"), File("a/f", "")}, layer.Limits{}, layer.ErrUnsafe, "symbolic links"},
		{"a long chain of links", append(loop, File("l0/f", "")), layer.Limits{}, layer.ErrUnsafe, "symbolic links"},
		{"a name too deep", []Entry{File(deep, "")}, layer.Limits{}, layer.ErrUnsafe, "components"},
		{"a file below a file", []Entry{File("f", ""), File("f/g", "")}, layer.Limits{}, layer.ErrInvalid, "not a directory"},
		{"a whiteout of nothing", []Entry{File(".wh.", "")}, layer.Limits{}, layer.ErrInvalid, "deletes no name"},
		{"a whiteout of the parent", []Entry{File("d/.wh...", "")}, layer.Limits{}, layer.ErrInvalid, "deletes no name"},
		{"a root that is a file", []Entry{{Header: Symlink("x", "y").Header}, {Header: Symlink("./", "/etc").Header}}, layer.Limits{}, layer.ErrInvalid, "root is not a directory"},
		{"an owner that means nobody", []Entry{File("f", "").WithOwner(1<<32-1, 0)}, layer.Limits{}, layer.ErrInvalid, "owner"},
		{"too many entries", []Entry{File("a", ""), File("b", ""), File("c", "")}, layer.Limits{Entries: 3}, layer.ErrLimit, "3 entries"},
		{"too many implied directories", []Entry{File("a/b/c/d", "")}, layer.Limits{Entries: 3}, layer.ErrLimit, "3 entries"},
		{"too many bytes", []Entry{File("a", strings.Repeat("x", 5000))}, layer.Limits{Bytes: 4000}, layer.ErrLimit, "4000 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			outer := t.TempDir()
			dir := filepath.Join(outer, "layer")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := layer.Unpack(t.Context(), dir, bytes.NewReader(Tar(t, tc.entries...)), layer.Options{Limits: tc.limits})
			if !errors.Is(err, tc.want) || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want %v that says %q", err, tc.want, tc.text)
			}
			if names, _ := os.ReadDir(outer); len(names) != 1 {
				t.Errorf("beside the layer's directory: %v", names)
			}
		})
	}
}

func TestExtendedAttributes(t *testing.T) {
	needRoot(t)
	const capability = "\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	dirs := stack(t, []Entry{
		File("ping", "").WithOwner(3, 4).WithXattr("security.capability", capability).WithXattr("user.note", "hello"),
		Dir("d").WithXattr("trusted.overlay.opaque", "y").WithXattr("trusted.overlay.redirect", "/etc").WithXattr("user.overlay.opaque", "y"),
	}, []Entry{Link("ping2", "ping")})
	for _, path := range []string{filepath.Join(dirs[1], "ping"), filepath.Join(dirs[0], "ping2")} {
		value := make([]byte, 64)
		n, err := unix.Lgetxattr(path, "security.capability", value)
		if err != nil || string(value[:n]) != capability {
			t.Errorf("%s: capability %x, %v", path, value[:n], err)
		}
		n, err = unix.Lgetxattr(path, "user.note", value)
		if err != nil || string(value[:n]) != "hello" {
			t.Errorf("%s: note %q, %v", path, value[:n], err)
		}
	}
	names := make([]byte, 1000)
	n, err := unix.Llistxattr(filepath.Join(dirs[1], "d"), names)
	if err != nil || bytes.Contains(names[:n], []byte("overlay")) {
		t.Errorf("attributes of the directory: %q, %v", names[:n], err)
	}
}

func TestTimes(t *testing.T) {
	needRoot(t)
	dirs := stack(t, []Entry{Dir("d"), File("d/f", "x"), Symlink("d/l", "f"), Dir("e"), File("e/f", "")}, []Entry{File("e/g", "")})
	for _, path := range []string{dirs[1] + "/d", dirs[1] + "/d/f", dirs[1] + "/d/l", dirs[0] + "/e"} {
		info, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if !info.ModTime().Equal(Mtime) {
			t.Errorf("%s changed at %s", path, info.ModTime())
		}
	}
}

func TestCompressions(t *testing.T) {
	needRoot(t)
	plain := Tar(t, File("f", strings.Repeat("hello ", 100_000)))
	for name, blob := range map[string][]byte{
		"plain": plain, "gzip": Gzip(t, plain), "zstd": Zstd(t, plain),
		"gzip in two members": append(Gzip(t, plain[:1000]), Gzip(t, plain[1000:])...),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			result, err := layer.Unpack(t.Context(), dir, bytes.NewReader(blob), layer.Options{Compressed: int64(len(blob))})
			if err != nil {
				t.Fatal(err)
			}
			if want := digest.FromBytes(plain); result.DiffID != want {
				t.Errorf("diff ID %s, want %s", result.DiffID, want)
			}
			if result.Size.Bytes != 600_000 || result.Size.Inodes != 2 {
				t.Errorf("size %+v", result.Size)
			}
			if data, err := os.ReadFile(dir + "/f"); err != nil || len(data) != 600_000 {
				t.Errorf("%d bytes, %v", len(data), err)
			}
			if name == "plain" {
				return
			}
			_, err = layer.Unpack(t.Context(), t.TempDir(), bytes.NewReader(blob[:len(blob)-6]), layer.Options{})
			if !errors.Is(err, layer.ErrInvalid) {
				t.Errorf("truncated: got %v, want ErrInvalid", err)
			}
		})
	}
	for name, blob := range map[string][]byte{"bzip2": []byte("BZh91AY&SY"), "xz": {0xfd, '7', 'z', 'X', 'Z', 0}, "text": []byte(strings.Repeat("no archive", 100))} {
		if _, err := layer.Unpack(t.Context(), t.TempDir(), bytes.NewReader(blob), layer.Options{}); !errors.Is(err, layer.ErrInvalid) {
			t.Errorf("%s: got %v, want ErrInvalid", name, err)
		}
	}
}

func TestCancel(t *testing.T) {
	needRoot(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := layer.Unpack(ctx, t.TempDir(), bytes.NewReader(Tar(t, File("f", "x"))), layer.Options{})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want canceled", err)
	}
}
