package resource

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/cache"
	"argosy.dev/store"
)

// Get returns one object, or what a subresource shows of it.
func (p *Pipeline) Get(ctx context.Context, t Target, opts metav1.GetOptions) (Result, error) {
	sub, err := t.subresource("get")
	if err != nil {
		return Result{}, err
	}
	rev, err := parseVersion(opts.ResourceVersion)
	if err != nil {
		return Result{}, err
	}
	if t.Resource.Kind.Computed {
		return p.computeOne(ctx, t)
	}
	if opts.ResourceVersion != "0" {
		if err := p.reach(ctx, rev); err != nil {
			return Result{}, err
		}
	}
	e, ok := t.Resource.Table.Get(t.key())
	if !ok {
		return Result{}, apierrors.NewNotFound(t.Resource.Kind.GroupResource(), t.Name)
	}
	return p.answer(t, sub, e.Object, e, false)
}

// reachTimeout is how long a read waits for a revision that has not come yet.
const reachTimeout = 3 * time.Second

// reach waits until reads see rev; 0 is all that has been acknowledged to anybody so far.
func (p *Pipeline) reach(ctx context.Context, rev store.Revision) error {
	if rev == 0 {
		rev = p.store.Revision()
	}
	if p.cache.Applied() >= rev {
		return nil
	}
	waitCtx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	err := p.cache.WaitFor(waitCtx, rev)
	if errors.Is(err, context.DeadlineExceeded) {
		return tooLarge(rev, p.cache.Applied())
	}
	if err != nil {
		return storeError(err)
	}
	return nil
}

func tooLarge(rev, current store.Revision) error {
	err := apierrors.NewTimeoutError(fmt.Sprintf("Too large resource version: %d, current: %d", rev, current), 1)
	err.ErrStatus.Details.Causes = []metav1.StatusCause{{Type: metav1.CauseTypeResourceVersionTooLarge, Message: "Too large resource version"}}
	return err
}

// continueExpired offers a token with which a list goes on in the newest state.
func continueExpired(m moment) error {
	err := apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
		"the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided " +
		"token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned " +
		"and now may show up in the list.")
	err.ErrStatus.Continue = continueToken(0, m.after)
	return err
}

func expired(rev, current store.Revision) error {
	return apierrors.NewResourceExpired(fmt.Sprintf("too old resource version: %d (%d)", rev, current))
}

// ListOptions say which objects, and of which moment.
type ListOptions struct {
	// Labels and Fields may be nil: everything.
	Labels labels.Selector
	Fields fields.Selector
	// Limit 0 is no limit.
	Limit    int64
	Continue string
	// ResourceVersion "" is the newest, "0" whatever is at hand; Match says what else is meant.
	ResourceVersion string
	Match           metav1.ResourceVersionMatch
	// SendInitialEvents is for watches, and refused here.
	SendInitialEvents *bool
}

// List is a part of a collection, in key order, as it was at Revision; 0 where it is of no moment that could be named.
type List struct {
	Entries  []*cache.Entry
	Revision store.Revision
	// Continue is the token for what follows, "" at the end.
	Continue string
	// Remaining is how many follow; nil where a selector makes that unknown.
	Remaining *int64
}

// List returns the matching objects.
func (p *Pipeline) List(ctx context.Context, t Target, o ListOptions) (List, error) {
	r := t.Resource
	if err := o.check(); err != nil {
		return List{}, err
	}
	matches, err := r.matcher(o.Labels, o.Fields)
	if err != nil {
		return List{}, err
	}
	if r.Kind.Computed {
		return p.computeMany(ctx, t, matches)
	}
	moment, err := o.moment()
	if err != nil {
		return List{}, err
	}
	if !moment.any {
		if err := p.reach(ctx, moment.atLeast); err != nil {
			return List{}, err
		}
	}
	namespace := ""
	if r.Kind.Namespaced {
		namespace = t.Namespace
	}
	entries, rev, err := t.candidates(o, cache.Range{Namespace: namespace, From: moment.from, At: moment.at})
	switch {
	case errors.Is(err, cache.ErrExpired) && o.Continue != "":
		return List{}, continueExpired(moment)
	case errors.Is(err, cache.ErrExpired):
		return List{}, apierrors.NewResourceExpired("The resourceVersion for the provided list is too old.")
	case errors.Is(err, cache.ErrFuture):
		return List{}, tooLarge(moment.at, p.cache.Applied())
	case err != nil:
		return List{}, storeError(err)
	}
	return page(entries, rev, o.Limit, matches), nil
}

// page takes the matching entries up to the limit.
func page(entries []*cache.Entry, rev store.Revision, limit int64, matches func(*cache.Entry) bool) List {
	list := List{Revision: rev, Entries: entries}
	if matches == nil && (limit <= 0 || int64(len(entries)) <= limit) {
		return list
	}
	if matches == nil {
		remaining := int64(len(entries)) - limit
		list.Entries, list.Remaining = entries[:limit:limit], &remaining
		list.Continue = continueToken(rev, entries[limit-1].Key)
		return list
	}
	list.Entries = entries[:0]
	for _, e := range entries {
		if !matches(e) {
			continue
		}
		if n := len(list.Entries); limit > 0 && int64(n) == limit {
			list.Continue = continueToken(rev, list.Entries[n-1].Key)
			break
		}
		list.Entries = append(list.Entries, e)
	}
	return list
}

// candidates reads what may match: by one key or an index where the field selector allows, else the whole range.
func (t Target) candidates(o ListOptions, r cache.Range) ([]*cache.Entry, store.Revision, error) {
	scope, narrow := t.scope(o.Fields)
	if !narrow || r.At != 0 || r.From != "" {
		return t.Resource.Table.List(r)
	}
	entries, rev, watch, err := t.Resource.Table.ListAndWatch(scope)
	if err != nil {
		return nil, 0, err
	}
	watch.Close()
	sort.Slice(entries, func(i, j int) bool { return entries[i].Key < entries[j].Key })
	return entries, rev, nil
}

// scope is the narrowest cache scope that holds all that the target and the field selector can want.
func (t Target) scope(selector fields.Selector) (s cache.Scope, narrow bool) {
	if t.Resource.Kind.Namespaced {
		s.Namespace = t.Namespace
	}
	if t.Name != "" {
		s.Key = t.key()
		return s, true
	}
	if selector == nil {
		return s, false
	}
	if name, ok := selector.RequiresExactMatch("metadata.name"); ok && (s.Namespace != "" || !t.Resource.Kind.Namespaced) {
		t.Name = name
		s.Key = t.key()
		return s, true
	}
	for index := range t.Resource.Kind.Indexes {
		if value, ok := selector.RequiresExactMatch(index); ok {
			s.Index, s.Value = index, value
			return s, true
		}
	}
	return s, false
}
