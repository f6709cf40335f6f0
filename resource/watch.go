package resource

import (
	"context"
	"errors"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/watch"

	"argosy.dev/cache"
	"argosy.dev/store"
)

// WatchOptions say which objects to watch, and from when.
type WatchOptions struct {
	Labels labels.Selector
	Fields fields.Selector
	// ResourceVersion "" and "0" begin with what is there; otherwise with what follows that version.
	ResourceVersion   string
	Match             metav1.ResourceVersionMatch
	SendInitialEvents *bool
	AllowBookmarks    bool
}

// Event is one step as a watcher is told it.
type Event struct {
	Type  watch.EventType
	Entry *cache.Entry
}

// Watch is one client's stream.
type Watch struct {
	// Initial are the objects that there were when the watch began, each to be told as ADDED, in key order.
	Initial []*cache.Entry
	// InitialEnd asks for the bookmark that ends the initial events, with Revision as its version.
	InitialEnd bool
	// Revision is the state that Initial shows, or the version that the watch goes on from.
	Revision store.Revision

	changes *cache.Watch
	matches func(*cache.Entry) bool
}

// Watch begins a stream. An expired version is an error here already.
func (p *Pipeline) Watch(ctx context.Context, t Target, o WatchOptions) (*Watch, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	matches, err := t.Resource.matcher(o.Labels, o.Fields)
	if err != nil {
		return nil, err
	}
	rev, err := parseVersion(o.ResourceVersion)
	if err != nil {
		return nil, err
	}
	scope, _ := t.scope(o.Fields)
	w := &Watch{matches: matches}
	initial := rev == 0
	if o.SendInitialEvents != nil {
		initial = *o.SendInitialEvents
		w.InitialEnd = initial && o.AllowBookmarks
	}
	if o.ResourceVersion != "0" && (initial || rev == 0) {
		if err := p.reach(ctx, rev); err != nil {
			return nil, err
		}
	}
	if !initial && rev == 0 {
		rev = p.cache.Applied()
	}
	if initial {
		err = w.list(t, scope)
	} else {
		w.Revision = rev
		w.changes, err = t.Resource.Table.Watch(rev, scope)
	}
	switch {
	case errors.Is(err, cache.ErrExpired):
		return nil, expired(rev, p.cache.Applied())
	case errors.Is(err, cache.ErrFuture):
		return p.watchFuture(ctx, t, rev, scope, w)
	case err != nil:
		return nil, storeError(err)
	}
	return w, nil
}

// watchFuture waits a little for a version that has not come yet.
func (p *Pipeline) watchFuture(ctx context.Context, t Target, rev store.Revision, scope cache.Scope, w *Watch) (*Watch, error) {
	if err := p.reach(ctx, rev); err != nil {
		return nil, err
	}
	changes, err := t.Resource.Table.Watch(rev, scope)
	if err != nil {
		return nil, storeError(err)
	}
	w.changes = changes
	return w, nil
}

func (w *Watch) list(t Target, scope cache.Scope) error {
	entries, rev, changes, err := t.Resource.Table.ListAndWatch(scope)
	if err != nil {
		return err
	}
	w.changes, w.Revision = changes, rev
	for _, e := range entries {
		if scope.Namespace != "" && e.Namespace() != scope.Namespace {
			continue
		}
		if w.matches == nil || w.matches(e) {
			w.Initial = append(w.Initial, e)
		}
	}
	sort.Slice(w.Initial, func(i, j int) bool { return w.Initial[i].Key < w.Initial[j].Key })
	return nil
}

// Next blocks for the next events, in order, never none. It fails with ctx's error, or with an API error when the stream cannot go on.
func (w *Watch) Next(ctx context.Context) ([]Event, error) {
	for {
		changes, err := w.changes.Next(ctx)
		if err != nil {
			return nil, w.ended(ctx, err)
		}
		if events := w.filter(changes); len(events) > 0 {
			return events, nil
		}
	}
}

// Ready is signalled when Take may have something.
func (w *Watch) Ready() <-chan struct{} { return w.changes.Ready() }

// Take returns the events that wait, possibly none, without blocking.
func (w *Watch) Take(ctx context.Context) ([]Event, error) {
	changes, err := w.changes.Take()
	if err != nil {
		return nil, w.ended(ctx, err)
	}
	return w.filter(changes), nil
}

func (w *Watch) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, cache.ErrExpired), errors.Is(err, cache.ErrSlow):
		return apierrors.NewResourceExpired("the watch cannot go on: " + err.Error() + "; list and watch again")
	}
	return storeError(err)
}

// Progress returns the version up to which everything was told, for bookmarks; ok is false while events wait.
func (w *Watch) Progress() (rev store.Revision, ok bool) { return w.changes.Progress() }

// Close ends the stream.
func (w *Watch) Close() { w.changes.Close() }

func (w *Watch) filter(changes []*cache.Change) []Event {
	events := make([]Event, 0, len(changes))
	for _, c := range changes {
		if e, ok := w.event(c); ok {
			events = append(events, e)
		}
	}
	return events
}

// event is what the change means to one who only sees what matches.
func (w *Watch) event(c *cache.Change) (Event, bool) {
	was := c.Prev != nil && (w.matches == nil || w.matches(c.Prev))
	is := !c.Deleted && (w.matches == nil || w.matches(c.Entry))
	switch {
	case is && was:
		return Event{watch.Modified, c.Entry}, true
	case is:
		return Event{watch.Added, c.Entry}, true
	case was:
		return Event{watch.Deleted, c.Gone()}, true
	}
	return Event{}, false
}
