package embedded_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
)

func openErr(t *testing.T, dir string) error {
	t.Helper()
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		closed(t, s)
	}
	return err
}

// Each directory that is not a sound store of this program is refused with words that say what to do.
func TestRefusedDirectories(t *testing.T) {
	write := func(t *testing.T, path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		prepare func(t *testing.T, dir string)
		want    string
	}{
		"somebody else's": {func(t *testing.T, dir string) { write(t, dir+"/photo.jpg", "x") }, `is not a store: it holds "photo.jpg"`},
		"a file":          {func(t *testing.T, dir string) { write(t, dir, "x") }, "not a directory"},
		"other format": {func(t *testing.T, dir string) {
			write(t, dir+"/FORMAT", "other thing\n")
		}, "is not a store's"},
		"newer format": {func(t *testing.T, dir string) {
			write(t, dir+"/FORMAT", "argosy-store 99\n")
		}, "has format 99, and this program reads format 1"},
		"damaged format": {func(t *testing.T, dir string) {
			write(t, dir+"/FORMAT", "argosy-store x\n")
		}, "is damaged"},
		"format lost": {func(t *testing.T, dir string) {
			closed(t, open(t, dir))
			os.Remove(dir + "/FORMAT")
		}, "its file FORMAT is missing; restore a backup"},
		"data lost": {func(t *testing.T, dir string) {
			closed(t, open(t, dir))
			os.RemoveAll(dir + "/data")
		}, "is damaged or cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "store")
			c.prepare(t, dir)
			err := openErr(t, dir)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestSecondProcess(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	err := openErr(t, dir)
	if want := fmt.Sprintf("in use by process %d: stop it first", os.Getpid()); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	closed(t, s)
	closed(t, open(t, dir))
}

// A store that was being made when the process died is made again.
func TestHalfMade(t *testing.T) {
	for _, has := range [][]string{{"lock"}, {"lock", "FORMAT.temp"}, {"lock", "FORMAT.temp", "data/x"}, {"lost+found/x"}} {
		dir := t.TempDir()
		for _, name := range has {
			if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := openErr(t, dir); err != nil {
			t.Errorf("%v: %v", has, err)
		}
	}
}

func TestPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "store")
	closed(t, open(t, dir))
	for _, path := range []string{dir, dir + "/data"} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: mode %v, %v, want 0700", path, info.Mode(), err)
		}
	}
}

// Any file of the engine may be cut, changed or missing: opening or reading says so, or nothing that is there is wrong. No
// panic, and never a value that was not written.
func TestDamagedFiles(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	for i := range 300 {
		key := fmt.Sprintf("/%03d", i)
		commit(t, s, store.Change{Key: key, Value: crashValue(key, i)})
	}
	closed(t, s)
	s = open(t, dir)
	for i := 300; i < 400; i++ { // some in the engine's write-ahead log only
		key := fmt.Sprintf("/%03d", i)
		commit(t, s, store.Change{Key: key, Value: crashValue(key, i)})
	}
	killed := filepath.Join(t.TempDir(), "killed")
	if err := os.CopyFS(killed, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	closed(t, s)
	var files []string
	err := filepath.WalkDir(killed+"/data", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, strings.TrimPrefix(path, killed))
		}
		return err
	})
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		for what, damage := range map[string]func(path string, b []byte) error{
			"missing": func(path string, b []byte) error { return os.Remove(path) },
			"empty":   func(path string, b []byte) error { return os.WriteFile(path, nil, 0o600) },
			"cut":     func(path string, b []byte) error { return os.WriteFile(path, b[:len(b)/2], 0o600) },
			"one byte changed": func(path string, b []byte) error {
				if len(b) > 0 {
					b[len(b)/3] ^= 0x55
				}
				return os.WriteFile(path, b, 0o600)
			},
			"changed": func(path string, b []byte) error {
				for i := len(b) / 3; i < len(b); i += 97 {
					b[i] ^= 0x55
				}
				return os.WriteFile(path, b, 0o600)
			},
		} {
			copied := filepath.Join(t.TempDir(), "store")
			if err := os.CopyFS(copied, os.DirFS(killed)); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(copied + file)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(copied+file, b); err != nil {
				t.Fatal(err)
			}
			err = readWhole(t, copied)
			if err != nil && !strings.Contains(err.Error(), copied) {
				t.Errorf("%s %s: %v does not name the directory", file, what, err)
			}
			// A log that is bad up to its end (or in its last 32 KiB) looks like one that a crash cut off. All other data is
			// missed where it is gone.
			holdsData := strings.HasSuffix(file, ".sst") || strings.Contains(file, "/MANIFEST") && !strings.HasSuffix(file, "MANIFEST-000001")
			if err == nil && (holdsData || strings.HasSuffix(file, ".log") && what == "one byte changed") {
				t.Errorf("%s %s: not noticed", file, what)
			}
		}
	}
}

var errWrongValue = errors.New("a value that was not written")

func readWhole(t *testing.T, dir string) error {
	s, err := embedded.Open(t.Context(), embedded.Options{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Range(t.Context(), "", func(r store.Record) error {
		if _, err := checkCrashValue(r.Key, r.Value); err != nil {
			t.Error(errWrongValue, err)
		}
		return nil
	})
	return err
}
