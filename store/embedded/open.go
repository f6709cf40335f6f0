package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"argosy.dev/store"
	"github.com/cockroachdb/pebble/v2"
)

// Open opens the store in o.Dir, and makes an empty one where there is nothing. It refuses, with an error that names the
// directory and what to do: a directory with other files in it, one in use by another process, a newer format, a
// damaged store. ctx bounds the opening only.
func Open(ctx context.Context, o Options) (store.Store, error) {
	if o.Dir == "" {
		return nil, errors.New("opening a store: no directory was given")
	}
	o = o.withDefaults()
	fresh, release, err := openDirectory(o.FS, o.Dir)
	if err != nil {
		return nil, noSpace(err)
	}
	s := &Store{
		dir:       o.Dir,
		log:       o.Logger,
		space:     newSpace(o.FS, o.Dir, o.MinFree, o.Logger),
		release:   release,
		queue:     newQueue(),
		index:     map[string]store.Revision{},
		lazyTimer: time.NewTimer(lazyDelay),
		committed: make(chan struct{}),
		watches:   map[*watch]struct{}{},
		failed:    make(chan struct{}),
		ended:     make(chan struct{}),
	}
	s.lazyTimer.Stop()
	s.space.onWait = s.refuseQueued
	if err := s.open(ctx, fullFS{o.FS, s.space}, fresh); err != nil {
		return nil, errors.Join(noSpace(err), release())
	}
	s.space.waits.Store(true)
	go s.run()
	return s, nil
}

func noSpace(err error) error {
	if isNoSpace(err) {
		return fmt.Errorf("%w: %w", store.ErrNoSpace, err)
	}
	return err
}

func (s *Store) open(ctx context.Context, fs fullFS, fresh bool) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("opening the store in %s: %w", s.dir, err)
	}
	data := fs.PathJoin(s.dir, engineDir)
	if err := fs.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("making %s: %w", data, err)
	}
	// A full disk is no reason not to open: there is much to read.
	_, _ = s.space.admit()
	db, err := openEngine(data, fs, fresh, s.log, s.fail)
	switch {
	case err == nil && fresh:
		if err := finishFormat(fs, s.dir); err != nil {
			return errors.Join(err, guard(db.Close))
		}
	case err == nil:
	case errors.Is(err, os.ErrPermission), isNoSpace(err):
		return fmt.Errorf("opening the store in %s: %w", s.dir, err)
	default:
		return s.damaged(err)
	}
	s.db = db
	if err := guard(func() error { return s.load(ctx) }); err != nil {
		return errors.Join(err, guard(db.Close))
	}
	return nil
}

func (s *Store) damaged(err error) error {
	return fmt.Errorf("the store in %s is damaged or cannot be read; if the disk is sound, restore a backup into an empty directory: %w", s.dir, err)
}

// load finds where the store left off.
func (s *Store) load(ctx context.Context) error {
	ceiling, err := s.loadMeta()
	if err != nil {
		return err
	}
	if err := s.loadRevision(); err != nil {
		return err
	}
	if err := s.loadIndex(ctx); err != nil {
		return err
	}
	if ceiling > 0 {
		if err := s.closeCeiling(ceiling); err != nil {
			return err
		}
	}
	s.published, s.tail = s.rev, newLink(s.rev)
	return nil
}

func (s *Store) loadMeta() (ceiling store.Revision, err error) {
	s.compacted, err = s.metaRevision(metaCompacted)
	if err != nil {
		return 0, err
	}
	gaps, err := s.meta(metaGaps)
	if err != nil {
		return 0, err
	}
	if s.gaps, err = decodeGaps(gaps); err != nil {
		return 0, s.damaged(err)
	}
	return s.metaRevision(metaCeiling)
}

func (s *Store) metaRevision(name string) (store.Revision, error) {
	b, err := s.meta(name)
	if err != nil || b == nil {
		return 0, err
	}
	rev, err := decodeRevision(b)
	if err != nil {
		return 0, s.damaged(fmt.Errorf("%s: %w", name, err))
	}
	return rev, nil
}

func (s *Store) meta(name string) ([]byte, error) {
	b, closer, err := s.db.Get(metaKey(name))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, s.damaged(err)
	}
	defer closer.Close()
	return append([]byte(nil), b...), nil
}

// loadRevision sets the newest revision given out: the log's last, or what is above it.
func (s *Store) loadRevision() error {
	s.rev = s.compacted
	if n := len(s.gaps); n > 0 {
		s.rev = max(s.rev, s.gaps[n-1].next)
	}
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceLog}, UpperBound: after([]byte{spaceLog})})
	if err != nil {
		return s.damaged(err)
	}
	defer it.Close()
	if it.Last() {
		last, err := decodeRevision(it.Key()[1:])
		if err != nil {
			return s.damaged(err)
		}
		s.rev = max(s.rev, last)
	}
	if err := it.Error(); err != nil {
		return s.damaged(err)
	}
	return nil
}

func (s *Store) loadIndex(ctx context.Context) error {
	it, err := s.db.NewIter(&pebble.IterOptions{LowerBound: []byte{spaceKeys}, UpperBound: after([]byte{spaceKeys})})
	if err != nil {
		return s.damaged(err)
	}
	defer it.Close()
	for ok := it.First(); ok; ok = it.Next() {
		if len(s.index)%1024 == 0 && ctx.Err() != nil {
			return fmt.Errorf("opening the store in %s: %w", s.dir, ctx.Err())
		}
		key := string(it.Key()[1:])
		rev, _, err := decodeCurrent(it.Value())
		if err == nil && rev > s.rev {
			err = fmt.Errorf("%w: revision %d is above the newest, %d", errMalformed, rev, s.rev)
		}
		if err != nil {
			return s.damaged(fmt.Errorf("record %q: %w", key, err))
		}
		s.index[key] = rev
	}
	if err := it.Error(); err != nil {
		return s.damaged(err)
	}
	return nil
}

// closeCeiling goes on above a ceiling that a crash left behind.
func (s *Store) closeCeiling(ceiling store.Revision) error {
	b := s.db.NewBatch()
	defer b.Close()
	err := b.Delete(metaKey(metaCeiling), nil)
	if ceiling > s.rev {
		g := gap{last: s.rev, next: ceiling + 1}
		s.gaps = append(s.gaps, g)
		s.rev = g.next
		err = errors.Join(err, b.Set(metaKey(metaGaps), encodeGaps(s.gaps), nil))
	}
	if err = errors.Join(err, b.Commit(pebble.Sync)); err != nil {
		return fmt.Errorf("recovering the store in %s: %w", s.dir, err)
	}
	return nil
}
