package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"argosy.dev/store"
	"argosy.dev/store/embedded"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// narrowFS is a disk that can be full or broken on demand.
type narrowFS struct {
	vfs.FS
	// free is what the disk says is free; negative: it cannot say.
	free atomic.Int64
	// full fails whatever takes room. Writes put down half of what they were given.
	full atomic.Bool
	// ballast makes removing the ballast end full, and its making fail while full.
	ballast atomic.Bool
	// syncs fails every sync with an error of the device.
	syncs atomic.Bool
}

func newNarrowFS() *narrowFS {
	f := &narrowFS{FS: vfs.NewMem()}
	f.free.Store(1 << 40)
	return f
}

func (f *narrowFS) room() error {
	if f.full.Load() {
		return syscall.ENOSPC
	}
	return nil
}

func (f *narrowFS) Unwrap() vfs.FS { return f.FS }

func (f *narrowFS) GetDiskUsage(string) (vfs.DiskUsage, error) {
	if free := f.free.Load(); free >= 0 {
		return vfs.DiskUsage{AvailBytes: uint64(free)}, nil
	}
	return vfs.DiskUsage{}, vfs.ErrUnsupported
}

func (f *narrowFS) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	if err := f.room(); err != nil {
		return nil, err
	}
	file, err := f.FS.Create(name, c)
	return narrowFile{file, f}, err
}

func (f *narrowFS) Remove(name string) error {
	if strings.HasSuffix(name, "/ballast") && f.ballast.Load() {
		f.full.Store(false)
	}
	return f.FS.Remove(name)
}

type narrowFile struct {
	vfs.File
	fs *narrowFS
}

func (f narrowFile) Write(p []byte) (int, error) {
	if err := f.fs.room(); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f narrowFile) Preallocate(off, n int64) error {
	if err := f.fs.room(); err != nil {
		return err
	}
	return f.File.Preallocate(off, n)
}

func (f narrowFile) sync(do func() error) error {
	if f.fs.syncs.Load() {
		return syscall.EIO
	}
	return do()
}

func (f narrowFile) Sync() error     { return f.sync(f.File.Sync) }
func (f narrowFile) SyncData() error { return f.sync(f.File.SyncData) }

// reads checks that reading goes on: everything that was acknowledged, by range, get and watch.
func reads(t *testing.T, s store.Store, want int) {
	t.Helper()
	n := 0
	rev, err := s.Range(t.Context(), "", func(store.Record) error { n++; return nil })
	if err != nil || n != want || rev != store.Revision(want) {
		t.Errorf("range: %d records at %d, %v, want %d", n, rev, err, want)
	}
	if _, ok, err := s.Get(t.Context(), "/0"); !ok || err != nil {
		t.Errorf("get: %v, %v", ok, err)
	}
	w, err := s.Watch(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for seen := 0; seen < want; {
		events, err := w.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		seen += len(events)
	}
}

func refused(t *testing.T, s store.Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if rev, err := s.Commit(ctx, store.Change{Key: "/refused", Value: []byte("x")}); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("change on a full disk: got revision %d, %v, want ErrNoSpace", rev, err)
	}
}

// awaitRefusal tries until changes are refused: once another one waits for room. It may be caught in one group with that
// one, and gives up on it then.
func awaitRefusal(t *testing.T, s store.Store) {
	t.Helper()
	for {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		_, err := s.Commit(ctx, store.Change{Key: "/refused", Value: []byte("x"), Expect: 99})
		cancel()
		if errors.Is(err, store.ErrNoSpace) {
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, store.ErrConflict) {
			t.Fatal(err)
		}
	}
}

func fillRecords(t *testing.T, s store.Store, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		commit(t, s, store.Change{Key: fmt.Sprint("/", i), Value: []byte("x")})
	}
}

// Little room left: changes are refused before anything breaks, and taken again when there is room.
func TestLittleRoom(t *testing.T) {
	disk := newNarrowFS()
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	fillRecords(t, s, 0, 11)
	disk.free.Store(20 << 20)
	refused(t, s)
	reads(t, s, 11)
	commit(t, s, store.Change{Key: "/10", Expect: 11}) // deletions are the way out
	disk.free.Store(1 << 20)
	refused(t, s)
	if _, err := s.Commit(t.Context(), store.Change{Key: "/8", Expect: 9}); !errors.Is(err, store.ErrNoSpace) {
		t.Errorf("a deletion with next to no room: %v", err)
	}
	if err := s.Compact(t.Context(), 5); err != nil {
		t.Errorf("compaction, which makes room: %v", err)
	}
	disk.free.Store(1 << 40)
	fillRecords(t, s, 10, 1)
	if got := s.Revision(); got != 13 {
		t.Errorf("refused changes used revisions: at %d, want 13", got)
	}
	closed(t, s)
	s = openWith(t, embedded.Options{Dir: "/store", FS: disk})
	defer s.Close()
	if got := s.Revision(); got != 13 {
		t.Errorf("reopened at revision %d, want 13", got)
	}
}

// The disk fills up without a warning, in the middle of a write: the ballast saves the change at hand, and those after it
// are refused until the ballast is back.
func TestFullBallast(t *testing.T) {
	disk := newNarrowFS()
	disk.free.Store(-1)
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	fillRecords(t, s, 0, 10)
	disk.ballast.Store(true)
	disk.full.Store(true)
	fillRecords(t, s, 10, 1) // found no room, gave up the ballast, went on
	if disk.full.Load() {
		t.Error("the ballast was not given up")
	}
	disk.full.Store(true) // what the ballast gave is used up by others
	disk.ballast.Store(false)
	refused(t, s)
	reads(t, s, 11)
	disk.full.Store(false)
	fillRecords(t, s, 11, 1)
	closed(t, s)
	s = openWith(t, embedded.Options{Dir: "/store", FS: disk})
	defer s.Close()
	reads(t, s, 12)
}

// No room at all, not even the ballast's: the change at hand waits, later ones are refused at once, reads go on, and when
// there is room the waiting one is made, whole, though half of it was written before.
func TestFullWait(t *testing.T) {
	disk := newNarrowFS()
	disk.free.Store(-1)
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	fillRecords(t, s, 0, 10)
	disk.full.Store(true)
	made := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), store.Change{Key: "/10", Value: []byte("waits")})
		made <- err
	}()
	awaitRefusal(t, s)
	refused(t, s)
	reads(t, s, 10)
	select {
	case err := <-made:
		t.Fatalf("the waiting change was answered: %v", err)
	default:
	}
	disk.full.Store(false)
	if err := <-made; err != nil {
		t.Fatal(err)
	}
	fillRecords(t, s, 11, 1)
	closed(t, s)
	s = openWith(t, embedded.Options{Dir: "/store", FS: disk})
	defer s.Close()
	reads(t, s, 12)
}

// A store can be closed while the disk is full, in bounded time, and nothing acknowledged is lost.
func TestFullClose(t *testing.T) {
	if testing.Short() {
		t.Skip("takes the seconds that close waits for room")
	}
	disk := newNarrowFS()
	disk.free.Store(-1)
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	fillRecords(t, s, 0, 10)
	disk.full.Store(true)
	made := make(chan error, 1)
	go func() {
		_, err := s.Commit(t.Context(), store.Change{Key: "/10", Value: []byte("waits")})
		made <- err
	}()
	awaitRefusal(t, s)
	if err := s.Close(); !errors.Is(err, store.ErrClosed) || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("close: got %v, want ErrClosed because of ENOSPC", err)
	}
	if err := <-made; !errors.Is(err, store.ErrClosed) {
		t.Errorf("the waiting change: got %v, want ErrClosed", err)
	}
}

// A disk that loses what it was given ends the store, and nothing but the store: everybody is told why.
func TestSyncFails(t *testing.T) {
	disk := newNarrowFS()
	s := openWith(t, embedded.Options{Dir: "/store", FS: disk})
	fillRecords(t, s, 0, 10)
	w, err := s.Watch(t.Context(), "", 10)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := w.Next(t.Context())
		ended <- err
	}()
	disk.syncs.Store(true)
	check := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, store.ErrClosed) || !errors.Is(err, syscall.EIO) {
			t.Errorf("%s: got %v, want ErrClosed because of EIO", what, err)
		}
	}
	_, err = s.Commit(t.Context(), store.Change{Key: "/lost", Value: []byte("x")})
	check("the change", err)
	check("the watch", <-ended)
	_, err = s.Commit(t.Context(), store.Change{Key: "/next", Value: []byte("x")})
	check("the next change", err)
	_, _, err = s.Get(t.Context(), "/0")
	check("get", err)
	_, err = s.Watch(t.Context(), "", 0)
	check("a new watch", err)
	check("close", s.Close())
	if got := s.Revision(); got != 10 {
		t.Errorf("revision: got %d, want 10: what was not durable was shown", got)
	}
}
