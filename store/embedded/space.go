package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"argosy.dev/store"
	"github.com/cockroachdb/pebble/v2/vfs"
)

const (
	ballastSize = 8 << 20
	// spaceRetry is how often an operation that found the disk full is tried again.
	spaceRetry = 250 * time.Millisecond
)

// space keeps a full disk from breaking the engine, which takes a log that cannot be written for the end. Three lines:
// changes are refused while little is free, deletions, which are few bytes and the way out, while much less is; a ballast file is given up when the disk is full all the same; and an operation
// that still finds no room waits for it (the vfs in fullfs.go), so that the engine never sees a full disk.
type space struct {
	fs      vfs.FS // below the waiting one
	dir     string
	minFree uint64
	log     *slog.Logger

	// waits says that operations may wait for room: not while opening, when the user is there to be told.
	waits atomic.Bool
	// waiting counts operations that wait now.
	waiting atomic.Int32
	// onWait is called when an operation starts to wait.
	onWait func()
	// stop ends all waiting.
	stop     chan struct{}
	stopOnce sync.Once

	mu      sync.Mutex
	ballast bool // the ballast is there, or cannot be on this kind of disk
	full    bool // changes are being refused
}

func newSpace(fs vfs.FS, dir string, minFree int64, log *slog.Logger) *space {
	return &space{fs: fs, dir: dir, minFree: uint64(minFree), log: log, stop: make(chan struct{}), onWait: func() {}}
}

func isNoSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// admit tells whether a change may be made now, and whether a deletion may.
func (s *space) admit() (change, deletion error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change, deletion = s.room()
	if full := change != nil; full != s.full {
		s.full = full
		if full {
			s.log.Error("The store's disk is full: changes are refused until there is room", "dir", s.dir, "err", change)
		} else {
			s.log.Info("The store's disk has room again", "dir", s.dir)
		}
	}
	return change, deletion
}

// room checks what is free for changes and for deletions, and puts the ballast back where it is gone.
func (s *space) room() (change, deletion error) {
	if s.waiting.Load() > 0 {
		err := fmt.Errorf("%w (%s)", store.ErrNoSpace, s.dir)
		return err, err
	}
	if s.minFree > 0 {
		// A disk that cannot tell is taken at its word when it fails.
		if usage, err := s.fs.GetDiskUsage(s.dir); err == nil && usage.AvailBytes < s.minFree {
			change = fmt.Errorf("%w (%s): %d MiB are free, %d MiB are needed", store.ErrNoSpace, s.dir, usage.AvailBytes>>20, s.minFree>>20)
			if usage.AvailBytes < s.minFree/4 {
				deletion = change
			}
			return change, deletion
		}
	}
	if s.ballast {
		return nil, nil
	}
	if err := s.makeBallast(); isNoSpace(err) {
		err = fmt.Errorf("%w (%s)", store.ErrNoSpace, s.dir)
		return err, err
	}
	s.ballast = true
	return nil, nil
}

func (s *space) makeBallast() error {
	path := s.fs.PathJoin(s.dir, ballastFile)
	if _, err := s.fs.Stat(path); err == nil {
		return nil
	} else if !errors.Is(err, os.ErrNotExist) {
		return err
	}
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return err
	}
	err = errors.Join(f.Preallocate(0, ballastSize), f.Close())
	if err != nil {
		err = errors.Join(err, s.fs.Remove(path))
	}
	return err
}

// dropBallast gives up the ballast.
func (s *space) dropBallast() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fs.Remove(s.fs.PathJoin(s.dir, ballastFile)); err == nil {
		s.ballast = false
	}
}

// retry runs op until the disk has room for it, or until close or, while opening, the ballast is gone too.
func (s *space) retry(op func() error) error {
	err := op()
	if !isNoSpace(err) {
		return err
	}
	s.dropBallast()
	if err = op(); !isNoSpace(err) || !s.waits.Load() {
		return err
	}
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	s.onWait()
	tick := time.NewTicker(spaceRetry)
	defer tick.Stop()
	for isNoSpace(err) {
		select {
		case <-s.stop:
			return err
		case <-tick.C:
			err = op()
		}
	}
	return err
}

func (s *space) close() { s.stopOnce.Do(func() { close(s.stop) }) }
