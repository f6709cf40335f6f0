package embedded_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// crashed is what is on disk when the power goes out now and nothing that was not synced is kept.
func crashed(disk *vfs.MemFS) *vfs.MemFS { return disk.CrashClone(vfs.CrashCloneCfg{}) }

// Revisions of lazy changes that a crash took back are not given out again, and no watch starts among them.
func TestLazyLost(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	commit(t, s, store.Change{Key: "/durable", Value: []byte("1")})
	// The first lazy change makes the ceiling durable, and itself with it.
	kept := commit(t, s, store.Change{Key: "/lease", Value: []byte("kept"), Lazy: true})
	var lost store.Revision
	rev := kept
	for range 10 {
		lost = commit(t, s, store.Change{Key: "/lease", Value: []byte("lost"), Expect: rev, Lazy: true})
		rev = lost
	}
	after := crashed(disk)
	closed(t, s)
	for _, when := range []string{"at once", "after reopening", "after another crash"} {
		s = openWith(t, embedded.Options{Dir: "/store", FS: after})
		base := s.Revision()
		if base <= lost {
			t.Fatalf("%s: at revision %d, after %d was given out", when, base, lost)
		}
		rec, _, err := s.Get(t.Context(), "/lease")
		if err != nil || string(rec.Value) != "kept" || rec.Revision != kept {
			t.Fatalf("%s: got %+v, %v", when, rec, err)
		}
		for _, inside := range []store.Revision{kept + 1, lost, kept + 4000} {
			if _, err := s.Watch(t.Context(), "", inside); !errors.Is(err, store.ErrCompacted) {
				t.Errorf("%s: watch after %d, which was taken back: got %v, want ErrCompacted", when, inside, err)
			}
		}
		next := commit(t, s, store.Change{Key: fmt.Sprint("/", when), Value: []byte("x")})
		if next != base+1 {
			t.Errorf("%s: next revision: got %d, want %d", when, next, base+1)
		}
		for _, kept := range []store.Revision{0, kept, base} {
			w, err := s.Watch(t.Context(), "/"+when, kept)
			if err != nil {
				t.Fatalf("%s: watch after %d: %v", when, kept, err)
			}
			events, err := w.Next(t.Context())
			if err != nil || events[len(events)-1].Revision != next {
				t.Errorf("%s: watch after %d: got %v, %v", when, kept, events, err)
			}
			w.Close()
		}
		switch when {
		case "at once":
			closed(t, s)
		case "after reopening":
			again := crashed(after)
			closed(t, s)
			after = again
		default:
			// A compaction into the gap ends above it, so that a watch can start there.
			if err := s.Compact(t.Context(), lost); err != nil {
				t.Fatal(err)
			}
			w, err := s.Watch(t.Context(), "", s.Compacted())
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			closed(t, s)
		}
	}
}

// A durable change makes the lazy ones before it durable.
func TestLazyBeforeDurable(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	rev := commit(t, s, store.Change{Key: "/lease", Value: []byte("1"), Lazy: true})
	rev = commit(t, s, store.Change{Key: "/lease", Value: []byte("2"), Expect: rev, Lazy: true})
	commit(t, s, store.Change{Key: "/durable", Value: []byte("x")})
	after := crashed(disk)
	closed(t, s)
	s = openWith(t, embedded.Options{Dir: "/store", FS: after})
	defer s.Close()
	if rec, _, err := s.Get(t.Context(), "/lease"); err != nil || rec.Revision != rev {
		t.Errorf("got %+v, %v, want revision %d", rec, err, rev)
	}
}

// countingFS counts syncs of the disk.
type countingFS struct {
	vfs.FS
	syncs atomic.Int64
}

func (f *countingFS) Unwrap() vfs.FS { return f.FS }

func (f *countingFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.Create(name, c)
	return countingFile{file, f}, err
}

func (f *countingFS) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.ReuseForWrite(oldname, newname, c)
	return countingFile{file, f}, err
}

type countingFile struct {
	vfs.File
	fs *countingFS
}

func (f countingFile) Sync() error     { f.fs.syncs.Add(1); return f.File.Sync() }
func (f countingFile) SyncData() error { f.fs.syncs.Add(1); return f.File.SyncData() }

// One durable change is one sync, lazy changes are none at first and one together within a second, and then nothing happens.
func TestSyncs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk := &countingFS{FS: vfs.NewMem()}
		s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
		defer s.Close()
		spent := func(what string, want int64) {
			t.Helper()
			synctest.Wait()
			if got := disk.syncs.Swap(0); got != want {
				t.Errorf("%s: %d syncs, want %d", what, got, want)
			}
		}
		rev := commit(t, s, store.Change{Key: "/lease", Value: []byte("0"), Lazy: true}) // makes the ceiling
		disk.syncs.Store(0)
		for i := range 5 {
			commit(t, s, store.Change{Key: fmt.Sprint("/", i), Value: []byte("x")})
		}
		spent("five durable changes", 5)
		start := time.Now()
		for range 5 {
			rev = commit(t, s, store.Change{Key: "/lease", Value: []byte("x"), Expect: rev, Lazy: true})
			time.Sleep(150 * time.Millisecond)
		}
		spent("lazy changes, within a second", 0)
		time.Sleep(time.Second - time.Since(start))
		spent("lazy changes, after a second", 1)
		time.Sleep(time.Hour)
		spent("an hour of nothing", 0)
	})
}
