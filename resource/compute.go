package resource

import (
	"context"
	"net/http"
	"sort"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/cache"
	"argosy.dev/kinds"
)

// Compute makes the objects of a kind that is Computed: those of t's namespace, all for "", or the one that t names. It may return more; what
// nobody asked for is left out. The objects are handed over. Errors are API errors.
type Compute func(ctx context.Context, t Target) ([]kinds.Object, error)

func (p *Pipeline) computeOne(ctx context.Context, t Target) (Result, error) {
	entries, err := p.compute(ctx, t)
	if err != nil {
		return Result{}, err
	}
	for _, e := range entries {
		if e.Key == t.key() {
			return Result{Entry: e}, nil
		}
	}
	return Result{}, apierrors.NewNotFound(t.Resource.Kind.GroupResource(), t.Name)
}

// computeMany lists all that match. It makes no parts of a list: the next part would be of another moment.
func (p *Pipeline) computeMany(ctx context.Context, t Target, matches func(*cache.Entry) bool) (List, error) {
	entries, err := p.compute(ctx, t)
	if err != nil {
		return List{}, err
	}
	list := List{Entries: make([]*cache.Entry, 0, len(entries))}
	for _, e := range entries {
		here := t.Namespace == "" || !t.Resource.Kind.Namespaced || e.Namespace() == t.Namespace
		if here && (matches == nil || matches(e)) {
			list.Entries = append(list.Entries, e)
		}
	}
	sort.Slice(list.Entries, func(i, j int) bool { return list.Entries[i].Key < list.Entries[j].Key })
	return list, nil
}

func (p *Pipeline) compute(ctx context.Context, t Target) ([]*cache.Entry, error) {
	who := t.Resource.Kind.GroupResource().String()
	compute := p.computed[who]
	if compute == nil {
		return nil, apierrors.NewGenericServerResponse(http.StatusNotImplemented, "get", t.Resource.Kind.GroupResource(), t.Name,
			"this server cannot compute "+who+": the part that does is not running here", 0, true)
	}
	objects, err := compute(ctx, t)
	if err != nil {
		return nil, err
	}
	entries := make([]*cache.Entry, len(objects))
	for i, obj := range objects {
		key := obj.GetName()
		if t.Resource.Kind.Namespaced {
			key = obj.GetNamespace() + "/" + key
		}
		entries[i] = cache.Unkept(key, obj, t.Resource.encode)
	}
	return entries, nil
}
