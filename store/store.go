package store

import (
	"context"
	"errors"
)

// Revision numbers the changes of one store, starting at 1. Zero means "none": before the first change, or, in a
// request, "whatever is newest".
type Revision int64

// Errors of a Store. Engines wrap them with the key or revision they concern; callers test with errors.Is.
var (
	// ErrConflict: the key's newest revision is not the one the change was conditioned on. See [Conflict].
	ErrConflict = errors.New("the key was changed by another writer")
	// ErrCompacted: the asked-for revision is older than the kept history.
	ErrCompacted = errors.New("the revision is older than the kept history")
	// ErrFuture: the asked-for revision has not been reached yet.
	ErrFuture = errors.New("the revision is newer than the store")
	// ErrClosed: the store was closed, or failed and takes no more changes; the cause is wrapped beside it.
	ErrClosed = errors.New("the store is closed")
	// ErrNoSpace: the disk cannot take the change. Nothing was changed, and reads go on.
	ErrNoSpace = errors.New("no space left on the store's disk")
)

// Conflict tells which revision a key really has. It matches ErrConflict.
type Conflict struct {
	Key string
	// Current is the key's newest revision, 0 when the key does not exist.
	Current Revision
	// At is the store's newest revision when the change was refused: whoever has followed it up to there has seen why, also where
	// what won was a deletion.
	At Revision
}

func (c *Conflict) Error() string        { return ErrConflict.Error() + ": " + c.Key }
func (c *Conflict) Is(target error) bool { return target == ErrConflict }

// Record is one key's newest value.
type Record struct {
	Key string
	// Value must not be changed by anyone.
	Value []byte
	// Revision is the change that wrote Value.
	Revision Revision
}

// Change asks for one key to be written or deleted.
type Change struct {
	Key string
	// Value is what the key shall hold; nil deletes the key, which must exist (Expect above 0). The store keeps the slice: the caller must not change it afterwards.
	Value []byte
	// Expect is the revision that the key must have now: 0 means that it must not exist.
	Expect Revision
	// Lazy allows the change to be acknowledged before it is durable: it is lost by a power cut or a kill within about a
	// second, never torn, and never makes a durable change behind it undurable. Kinds that say so (node heartbeats) use it.
	Lazy bool
	// Attachment travels to this process's watchers beside the event, so that a reader need not decode what the writer
	// had in its hands. Engines that cannot carry it drop it: a reader must cope with nil. It is not durable.
	Attachment any
}

// Event is one change, as a watcher sees it.
type Event struct {
	Key string
	// Value is nil when the key was deleted. It must not be changed by anyone.
	Value    []byte
	Revision Revision
	// Attachment is the writer's, or nil.
	Attachment any
}

// Store is safe for concurrent use.
type Store interface {
	// Commit makes one change and returns its revision once it is durable (see Change.Lazy). Many concurrent commits share
	// one sync of the disk. Before Commit returns, every watcher has been sent the event: a caller that then waits for its
	// watcher to reach the revision is certain to get there.
	// A cancelled context may leave the change made or not made, never half made.
	Commit(ctx context.Context, c Change) (Revision, error)

	// Get returns the newest record of key; ok is false where there is none.
	Get(ctx context.Context, key string) (rec Record, ok bool, err error)

	// Range calls yield for each key that starts with prefix, in byte order of keys, all as of one revision, which it
	// returns. An error from yield ends the range and is returned.
	Range(ctx context.Context, prefix string, yield func(Record) error) (Revision, error)

	// Watch streams each change after the given revision to a key that starts with prefix, in order, without gaps or
	// repeats, until the watch is closed or fails. After 0 means from the first change on. ErrCompacted where history after that revision is not whole any more, ErrFuture
	// where the store has not got there.
	Watch(ctx context.Context, prefix string, after Revision) (Watch, error)

	// Revision returns the newest revision that can be read.
	Revision() Revision
	// Compacted returns the revision up to which history is forgotten; a watch may start at it.
	Compacted() Revision
	// Compact forgets history up to rev. Newest values stay. ErrFuture, ErrCompacted where it is already so.
	Compact(ctx context.Context, rev Revision) error

	// Close makes lazy changes durable and ends all watches. It is idempotent.
	Close() error
}

// Watch is one ordered stream of changes. A slow reader holds up nobody: the engine keeps what it has not read, and past the engine's
// bound ends the watch with ErrCompacted.
type Watch interface {
	// Next blocks for the next batch of events, never empty. It fails with ctx's error, ErrCompacted (the reader fell
	// too far behind) or ErrClosed. The slice is the caller's.
	Next(ctx context.Context) ([]Event, error)
	Close()
}
