package image

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/opencontainers/go-digest"
	"golang.org/x/sys/unix"

	"argosy.dev/runtime/image/tree"
)

// lease is the place of one operation: a directory for what is unfinished, and a list of blobs and layers that must not be
// collected while it lasts. It ends with its process, whatever happens to that.
type lease struct {
	store *Store
	dir   string
	held  *os.File // locked
	refs  *os.File
}

func (s *Store) newLease() (*lease, error) {
	// A collector must not see the directory before its lock is taken.
	unlock, err := s.lock(unix.LOCK_SH)
	if err != nil {
		return nil, err
	}
	defer unlock()
	l := &lease{store: s, dir: filepath.Join(s.dir, "work", rand.Text())}
	if err := l.open(); err != nil {
		l.close()
		return nil, fmt.Errorf("starting an operation on the image store: %w", err)
	}
	return l, nil
}

func (l *lease) open() (err error) {
	if err := os.Mkdir(l.dir, 0o700); err != nil {
		return err
	}
	if l.held, err = os.OpenFile(filepath.Join(l.dir, "lock"), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		return err
	}
	if err := flock(int(l.held.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	l.refs, err = os.OpenFile(filepath.Join(l.dir, "refs"), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	return err
}

// protect keeps blobs, by digest, and layers, by chain id, from being collected. What is there when it returns stays.
func (l *lease) protect(needed ...digest.Digest) error {
	unlock, err := l.store.lock(unix.LOCK_SH)
	if err != nil {
		return err
	}
	defer unlock()
	var b strings.Builder
	for _, d := range needed {
		b.WriteString(d.String() + "\n")
	}
	if _, err := l.refs.WriteString(b.String()); err != nil {
		return fmt.Errorf("noting what an operation needs: %w", err)
	}
	return nil
}

// close ends the operation and deletes what it left unfinished.
func (l *lease) close() {
	if err := tree.Remove(l.dir); err != nil {
		l.store.log.Warn("deleting unfinished work on images failed", "dir", l.dir, "err", err)
	}
	for _, f := range []*os.File{l.refs, l.held} {
		if f != nil {
			f.Close()
		}
	}
}

// leases returns what all operations under way need, of this process and others, and the directories of those that ended
// without tidying up. The caller holds the lock exclusively.
func (s *Store) leases() (needed map[digest.Digest]bool, dead []string, err error) {
	needed = map[digest.Digest]bool{}
	entries, err := os.ReadDir(filepath.Join(s.dir, "work"))
	if err != nil {
		return nil, nil, fmt.Errorf("looking at the operations under way: %w", err)
	}
	for _, entry := range entries {
		dir := filepath.Join(s.dir, "work", entry.Name())
		alive, err := leaseAlive(dir)
		if err != nil {
			return nil, nil, fmt.Errorf("looking at the operation in %s: %w", dir, err)
		}
		if !alive {
			dead = append(dead, dir)
			continue
		}
		if err := readRefs(filepath.Join(dir, "refs"), needed); err != nil {
			return nil, nil, err
		}
	}
	return needed, dead, nil
}

func leaseAlive(dir string) (bool, error) {
	fd, err := unix.Open(filepath.Join(dir, "lock"), unix.O_RDWR|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer unix.Close(fd)
	err = flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

func readRefs(path string, into map[digest.Digest]bool) error {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // about to end
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		into[digest.Digest(lines.Text())] = true
	}
	return lines.Err()
}
