package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/index"
)

// state is the last index that was read. The file stays open, so that its inode cannot be given to a newer one and tells for
// sure whether this is still the index.
type state struct {
	mu    sync.Mutex
	file  *os.File
	index index.Index
}

func (t *state) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}

func (s *Store) indexPath() string { return filepath.Join(s.dir, "index.json") }

// index returns the list of images as it is on disk. It must not be changed.
func (s *Store) index() (index.Index, error) {
	s.state.mu.Lock()
	defer s.state.mu.Unlock()
	current, err := os.Stat(s.indexPath())
	if errors.Is(err, fs.ErrNotExist) {
		return index.Read(s.indexPath())
	}
	if err != nil {
		return index.Index{}, fmt.Errorf("reading the list of images: %w", err)
	}
	if s.state.file != nil {
		if have, err := s.state.file.Stat(); err == nil && os.SameFile(have, current) {
			return s.state.index, nil
		}
	}
	file, err := os.Open(s.indexPath())
	if err != nil {
		return index.Index{}, fmt.Errorf("reading the list of images: %w", err)
	}
	x, err := index.Parse(file)
	if err != nil {
		file.Close()
		return index.Index{}, err
	}
	if s.state.file != nil {
		s.state.file.Close()
	}
	s.state.file, s.state.index = file, x
	return x, nil
}

// update changes the list of images under the lock.
func (s *Store) update(change func(index.Index) (index.Index, error)) error {
	unlock, err := s.lock(unix.LOCK_EX)
	if err != nil {
		return err
	}
	defer unlock()
	x, err := s.index()
	if err != nil {
		return err
	}
	next, err := change(x)
	if err != nil {
		return err
	}
	return next.Write(s.indexPath())
}

// lock takes DIR/lock, shared or exclusively. It is only ever held for moments, so waiting needs no context.
func (s *Store) lock(how int) (unlock func(), err error) {
	fd, err := unix.Open(filepath.Join(s.dir, "lock"), unix.O_RDWR|unix.O_CREAT|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("locking the image store %s: %w", s.dir, err)
	}
	if err := flock(fd, how); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("locking the image store %s: %w", s.dir, err)
	}
	return func() { unix.Close(fd) }, nil
}

func flock(fd, how int) error {
	for {
		if err := unix.Flock(fd, how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}
