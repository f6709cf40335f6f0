package resource

import (
	"context"
	"time"

	"argosy.dev/cache"
)

// expireEvery is how often objects are looked at that do not live for ever.
const expireEvery = time.Minute

// Expire deletes objects whose kind gives them a time to live when it is over, until ctx ends. An object's time begins with its
// creation, and anew with each change of it.
func (p *Pipeline) Expire(ctx context.Context) {
	// When an object was last written is not in it: what was there at the start counts from then on at the latest.
	ticker := time.NewTicker(expireEvery)
	defer ticker.Stop()
	seen := map[*Resource]map[string]written{}
	for {
		resources, _ := p.Resources()
		for _, r := range resources {
			if r.Kind.TTL != nil {
				seen[r] = p.expire(ctx, r, seen[r], time.Now())
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// written is when an entry was first seen.
type written struct {
	revision cache.Revision
	at       time.Time
}

// expire deletes what is over and returns what is still there.
func (p *Pipeline) expire(ctx context.Context, r *Resource, seen map[string]written, now time.Time) map[string]written {
	entries, _, err := r.Table.List(cache.Range{})
	if err != nil {
		return seen // the newest state can always be listed
	}
	next := make(map[string]written, len(entries))
	for _, e := range entries {
		w, ok := seen[e.Key]
		if !ok || w.revision != e.Revision {
			w = written{revision: e.Revision, at: now}
			if created := e.Object.GetCreationTimestamp(); !ok && now.Sub(created.Time) > expireEvery {
				w.at = created.Time // older than this process's memory
			}
		}
		ttl := r.Kind.TTL(e.Object)
		if ttl <= 0 || now.Sub(w.at) < ttl {
			next[e.Key] = w
			continue
		}
		if _, err := p.erase(ctx, r, e); err != nil && ctx.Err() == nil {
			next[e.Key] = w // changed meanwhile, or the store is in trouble: the next look shows
		}
	}
	return next
}
