package embedded

import (
	"context"
	"fmt"

	"argosy.dev/store"
	"github.com/cockroachdb/pebble/v2"
)

// view is the engine's keys from lower to upper, as of one published revision.
type view struct {
	*pebble.Iterator
	revision  store.Revision
	compacted store.Revision
	tail      *link
}

func (s *Store) view(lower, upper []byte) (v view, err error) {
	err = guard(func() error {
		s.mu.RLock()
		defer s.mu.RUnlock()
		var from pebble.Reader = s.db
		if s.snapshot != nil {
			from = s.snapshot
		}
		it, err := from.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
		v = view{it, s.published, s.compacted, s.tail}
		return err
	})
	return v, err
}

// each calls yield for each entry; key and value are good until it returns.
func (v view) each(yield func(key, value []byte) error) error {
	for ok := v.First(); ok; ok = v.Next() {
		value, err := v.ValueAndErr()
		if err != nil {
			return err
		}
		if err := yield(v.Key()[1:], value); err != nil {
			return err
		}
	}
	return v.Error()
}

// Get implements store.Store.
func (s *Store) Get(ctx context.Context, key string) (rec store.Record, ok bool, err error) {
	lower := keyOf(key)
	_, err = s.read(ctx, lower, append(lower[:len(lower):len(lower)], 0), func(r store.Record) error {
		rec, ok = r, true
		return nil
	})
	return rec, ok, err
}

// Range implements store.Store.
func (s *Store) Range(ctx context.Context, prefix string, yield func(store.Record) error) (store.Revision, error) {
	lower := keyOf(prefix)
	return s.read(ctx, lower, after(lower), yield)
}

// yieldError is an error of Range's caller, passed through untouched.
type yieldError struct{ error }

func (s *Store) read(ctx context.Context, lower, upper []byte, yield func(store.Record) error) (store.Revision, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	v, err := s.view(lower, upper)
	if err != nil {
		return 0, s.unreadable(err)
	}
	defer v.Close()
	n := 0
	err = guard(func() error {
		return v.each(func(key, value []byte) error {
			if n++; n%64 == 0 {
				if ctx.Err() != nil {
					return yieldError{ctx.Err()}
				}
				if err := s.err(); err != nil {
					return yieldError{err}
				}
			}
			rev, value, err := decodeCurrent(value)
			if err != nil {
				return fmt.Errorf("record %q: %w", key, err)
			}
			owned := make([]byte, len(value))
			copy(owned, value)
			if err := yield(store.Record{Key: string(key), Value: owned, Revision: rev}); err != nil {
				return yieldError{err}
			}
			return nil
		})
	})
	switch err := err.(type) {
	case nil:
		return v.revision, nil
	case yieldError:
		return 0, err.error
	default:
		return 0, s.unreadable(err)
	}
}

// unreadable wraps an error of the engine on reading.
func (s *Store) unreadable(err error) error {
	if failed := s.err(); failed != nil {
		return failed
	}
	return s.damaged(err)
}
