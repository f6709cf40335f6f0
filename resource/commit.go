package resource

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/cache"
	"argosy.dev/kinds"
	"argosy.dev/store"
)

// maxStored is the largest value that the store takes, as upstream's etcd does by default.
const maxStored = 3 << 19 // 1.5 MiB

// write stores obj, conditioned on the revision that old was read at (nil: there is none), waits until the cache has it and
// returns its entry. obj is handed over. errLost tells that somebody else was faster.
func (p *Pipeline) write(ctx context.Context, r *Resource, key string, obj kinds.Object, old *cache.Entry) (*cache.Entry, error) {
	obj.SetResourceVersion("")
	value, err := r.encodeStored(obj)
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	if len(value) > maxStored {
		return nil, apierrors.NewRequestEntityTooLargeError("the object is larger than the store takes (1.5 MiB)")
	}
	prepared := &cache.Prepared{Object: obj}
	change := store.Change{Key: r.Kind.Prefix() + key, Value: value, Attachment: prepared}
	var before kinds.Object
	if old != nil {
		change.Expect = old.Revision
		before = old.Object
	}
	if r.Kind.Lazy != nil {
		change.Lazy = r.Kind.Lazy(obj, before)
	}
	rev, err := p.commit(ctx, change)
	if err != nil {
		return nil, err
	}
	return r.Table.Committed(key, prepared, rev), nil
}

// erase deletes what old is, and returns the revision at which it went.
func (p *Pipeline) erase(ctx context.Context, r *Resource, old *cache.Entry) (store.Revision, error) {
	return p.commit(ctx, store.Change{Key: r.Kind.Prefix() + old.Key, Expect: old.Revision})
}

// errLost: the object is not what the change was made from.
var errLost = errors.New("another writer was faster")

func (p *Pipeline) commit(ctx context.Context, c store.Change) (store.Revision, error) {
	rev, err := p.store.Commit(ctx, c)
	switch {
	case err == nil:
	case errors.Is(err, store.ErrConflict):
		var conflict *store.Conflict
		if errors.As(err, &conflict) {
			// The cache may not show yet what won; a retry must not lose to the same change again.
			if waitErr := p.cache.WaitFor(ctx, conflict.At); waitErr != nil {
				return 0, storeError(waitErr)
			}
		}
		return 0, errLost
	default:
		return 0, storeError(err)
	}
	if err := p.cache.WaitFor(ctx, rev); err != nil {
		return 0, storeError(err)
	}
	return rev, nil
}

// storeError turns what the store says into what a client is told.
func storeError(err error) error {
	switch {
	case errors.Is(err, store.ErrNoSpace):
		return apierrors.NewGenericServerResponse(507, "", noResource, "", "the disk of the data directory is full: nothing was written; free some space and try again", 0, true)
	case errors.Is(err, store.ErrClosed), errors.Is(err, cache.ErrClosed):
		return apierrors.NewServiceUnavailable("the store is closed: " + err.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return apierrors.NewTimeoutError("the request was not finished in time", 0)
	}
	return apierrors.NewInternalError(err)
}
