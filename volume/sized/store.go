package sized

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// ErrNoSpace is in errors about volumes that the disk has no room for.
var ErrNoSpace = errors.New("not enough space on the disk")

// Spec is what a volume is to be.
type Spec struct {
	// Size in bytes.
	Size int64
	// Block volumes are devices, without a file system.
	Block bool
	// Format is the file system; "" is the best one.
	Format string
}

// Store keeps the volumes below a directory. It is safe for concurrent use.
type Store struct {
	dir string
	// settled is called after a volume's file system grew because somebody began to use it.
	settled func(name string)

	mu    sync.Mutex
	locks map[string]*sync.Mutex     // by volume
	users map[string]map[string]bool // volumes by user
}

// Open finds what there is. Nothing is mounted.
func Open(dir string, settled func(name string)) (*Store, error) {
	s := &Store{dir: dir, settled: settled, locks: map[string]*sync.Mutex{}, users: map[string]map[string]bool{}}
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for volumes: %w", err)
	}
	for _, e := range entries {
		users, err := os.ReadDir(filepath.Join(dir, e.Name(), "users"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("looking for the users of volume %s: %w", e.Name(), err)
		}
		for _, u := range users {
			s.note(e.Name(), u.Name())
		}
	}
	return s, nil
}

// OnSettled sets what is called after a volume's file system grew because somebody began to use it. It must be called before any use.
func (s *Store) OnSettled(f func(name string)) { s.settled = f }

func (s *Store) note(name, user string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[user] == nil {
		s.users[user] = map[string]bool{}
	}
	s.users[user][name] = true
}

// lock keeps others away from a volume.
func (s *Store) lock(name string) (unlock func(), err error) {
	if name == "" || strings.ContainsAny(name, "/") || strings.HasPrefix(name, ".") {
		return nil, fmt.Errorf("%q is no name of a volume", name)
	}
	s.mu.Lock()
	l := s.locks[name]
	if l == nil {
		l = &sync.Mutex{}
		s.locks[name] = l
	}
	s.mu.Unlock()
	l.Lock()
	return l.Unlock, nil
}

func (s *Store) path(name string) string { return filepath.Join(s.dir, name) }

// Path is where the volume's content is while it is used: a directory, or an image where it is a block volume.
func (s *Store) Path(name string, block bool) string {
	if block {
		return filepath.Join(s.path(name), imageFile)
	}
	return filepath.Join(s.path(name), mountDir)
}

// Has tells whether there is such a volume.
func (s *Store) Has(name string) bool {
	_, err := os.Lstat(filepath.Join(s.path(name), recordFile))
	return err == nil
}

// Names are the volumes that there are, and what is left of those that were not finished.
func (s *Store) Names() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("listing volumes: %w", err)
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// Create makes the volume and returns how large it is, which may be more than what was asked for. One that is there stays as it is.
func (s *Store) Create(ctx context.Context, name string, spec Spec) (size int64, err error) {
	unlock, err := s.lock(name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	dir := s.path(name)
	if r, err := readRecord(dir); err == nil {
		return r.Size, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	// What is left of an earlier try is of no use: nobody was told of it.
	if err := remove(dir); err != nil {
		return 0, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return 0, fmt.Errorf("making the volume's directory: %w", err)
	}
	r, err := create(ctx, dir, spec)
	if err == nil {
		err = r.write(dir)
	}
	if err != nil {
		return 0, errors.Join(fmt.Errorf("making volume %s: %w", name, err), remove(dir))
	}
	return r.Size, syncDir(s.dir)
}

// Publish notes that somebody was told of the volume.
func (s *Store) Publish(name string) error {
	unlock, err := s.lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := readRecord(s.path(name))
	if err != nil || r.Published {
		return err
	}
	r.Published = true
	return r.write(s.path(name))
}

// Published tells whether there is such a volume that somebody was told of.
func (s *Store) Published(name string) bool {
	r, err := readRecord(s.path(name))
	return err == nil && r.Published || err != nil && !errors.Is(err, fs.ErrNotExist)
}

// Grow makes the volume larger and returns its new size. Its file system follows when Settle is called, or the volume is used.
func (s *Store) Grow(ctx context.Context, name string, size int64) (int64, error) {
	unlock, err := s.lock(name)
	if err != nil {
		return 0, err
	}
	defer unlock()
	r, err := readRecord(s.path(name))
	if err != nil {
		return 0, fmt.Errorf("growing volume %s: %w", name, err)
	}
	if size <= r.Size {
		return r.Size, nil
	}
	if err := r.grow(ctx, s.path(name), size); err != nil {
		return 0, fmt.Errorf("growing volume %s: %w", name, err)
	}
	r.Size = size
	return size, r.write(s.path(name))
}

// Settle lets the file system of a grown volume follow, if it is in use. It tells whether the volume now is as large as it should be.
func (s *Store) Settle(ctx context.Context, name string) (bool, error) {
	unlock, err := s.lock(name)
	if err != nil {
		return false, err
	}
	defer unlock()
	r, err := readRecord(s.path(name))
	if err != nil || r.Settled >= r.Size {
		return err == nil, err
	}
	up, err := r.isUp(s.path(name))
	if err != nil || !up {
		return false, err
	}
	return true, s.settle(ctx, name, r)
}

func (s *Store) settle(ctx context.Context, name string, r record) error {
	if err := r.settle(ctx, s.path(name)); err != nil {
		return fmt.Errorf("growing the file system of volume %s: %w", name, err)
	}
	r.Settled = r.Size
	return r.write(s.path(name))
}

// Use makes the volume ready for a user, and returns where it is: a directory, or a device where it is a block volume. first tells
// that the user did not use it before.
func (s *Store) Use(ctx context.Context, name, user string, options []string) (path string, first bool, err error) {
	unlock, err := s.lock(name)
	if err != nil {
		return "", false, err
	}
	defer unlock()
	dir := s.path(name)
	r, err := readRecord(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, fmt.Errorf("volume %s is not on this machine", name)
	}
	if err != nil {
		return "", false, err
	}
	marker := filepath.Join(dir, "users", user)
	if _, err := os.Lstat(marker); err != nil {
		first = true
		if err := os.MkdirAll(filepath.Dir(marker), 0o700); err != nil {
			return "", false, fmt.Errorf("noting who uses volume %s: %w", name, err)
		}
		if err := os.WriteFile(marker, nil, 0o600); err != nil {
			return "", false, fmt.Errorf("noting who uses volume %s: %w", name, err)
		}
	}
	s.note(name, user)
	if path, err = r.up(dir, options); err != nil {
		return "", first, fmt.Errorf("mounting volume %s: %w", name, err)
	}
	if r.Settled < r.Size {
		if err := s.settle(ctx, name, r); err != nil {
			return "", first, err
		}
		if s.settled != nil {
			s.settled(name)
		}
	}
	return path, first, nil
}

// Release ends all that the user uses. What nobody uses any more is unmounted.
func (s *Store) Release(user string) error {
	s.mu.Lock()
	var names []string
	for name := range s.users[user] {
		names = append(names, name)
	}
	s.mu.Unlock()
	slices.Sort(names)
	var faults []error
	for _, name := range names {
		if err := s.release(name, user); err != nil {
			faults = append(faults, err)
			continue
		}
		s.mu.Lock()
		delete(s.users[user], name)
		if len(s.users[user]) == 0 {
			delete(s.users, user)
		}
		s.mu.Unlock()
	}
	return errors.Join(faults...)
}

func (s *Store) release(name, user string) error {
	unlock, err := s.lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	dir := s.path(name)
	if err := os.Remove(filepath.Join(dir, "users", user)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("noting who uses volume %s: %w", name, err)
	}
	if users, err := os.ReadDir(filepath.Join(dir, "users")); err == nil && len(users) > 0 {
		return nil
	}
	return down(dir)
}

// Delete takes the volume away with all that is on it. It may be called again, and for one that is not there. One that is used stays.
func (s *Store) Delete(name string) error {
	unlock, err := s.lock(name)
	if err != nil {
		return err
	}
	defer unlock()
	dir := s.path(name)
	if users, err := os.ReadDir(filepath.Join(dir, "users")); err == nil && len(users) > 0 {
		return fmt.Errorf("volume %s is still in use", name)
	}
	return remove(dir)
}

// Close unmounts everything, whoever uses it: for a stop that leaves nothing behind.
func (s *Store) Close() error {
	names, err := s.Names()
	if err != nil {
		return err
	}
	var faults []error
	for _, name := range names {
		faults = append(faults, down(s.path(name)))
	}
	return errors.Join(faults...)
}
