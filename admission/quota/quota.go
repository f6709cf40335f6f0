package quota

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/resource"
)

// Books reads and writes quotas.
type Books interface {
	// ResourceQuotas returns those of a namespace, in the order of their names.
	ResourceQuotas(namespace string) []*corev1.ResourceQuota
	// UpdateQuotaStatus stores the status of q, which is handed over, if its resourceVersion is what is stored; else a Conflict.
	UpdateQuotaStatus(ctx context.Context, q *corev1.ResourceQuota) error
}

// Plugin is the rule.
type Plugin struct {
	books Books

	mu sync.Mutex
	// waiting holds, for each namespace that somebody books in, the writes that came meanwhile.
	waiting map[string][]*booking
	// unsettled are, by namespace, the writes that booked and are not stored yet.
	unsettled map[string]flight
}

// New returns the plugin.
func New(books Books) *Plugin {
	return &Plugin{books: books, waiting: map[string][]*booking{}, unsettled: map[string]flight{}}
}

// booking is a write that takes something.
type booking struct {
	attempt *resource.Attempt
	done    chan struct{}
	err     error
}

// uncounted are made by the cluster about other objects.
var uncounted = map[schema.GroupResource]bool{{Resource: "events"}: true, {Group: "events.k8s.io", Resource: "events"}: true}

// changes are the resources whose objects may come to take more.
var changes = map[schema.GroupResource]bool{
	{Resource: "services"}: true, {Resource: "persistentvolumeclaims"}: true, {Group: "resource.k8s.io", Resource: "resourceclaims"}: true,
}

func handles(a *resource.Attempt) bool {
	gr := a.Resource.Kind.GroupResource()
	if !a.Resource.Kind.Namespaced || a.Object == nil || uncounted[gr] {
		return false
	}
	switch {
	case a.Operation == resource.Create:
		return a.Subresource == ""
	case a.Operation != resource.Update:
		return false
	case gr == schema.GroupResource{Resource: "pods"}:
		return a.Subresource == "resize"
	}
	return a.Subresource == "" && changes[gr]
}

// Validate books, or refuses. It is the last to be asked, so that nothing is booked that another refuses.
func (p *Plugin) Validate(ctx context.Context, a *resource.Attempt) error {
	if frees(a) && p.unsettledIn(a.Namespace) {
		return apierrors.NewConflict(a.Resource.Kind.GroupResource(), a.Name, errUnsettled)
	}
	if !handles(a) {
		return nil
	}
	takes := false
	for _, q := range p.books.ResourceQuotas(a.Namespace) {
		took, err := check(q, a)
		if err != nil {
			return err
		}
		takes = takes || len(took) > 0
	}
	if !takes || a.DryRun {
		return nil
	}
	p.settling(a.Namespace, 1)
	a.OnSettled(func() { p.settling(a.Namespace, -1) })
	b := &booking{attempt: a, done: make(chan struct{})}
	if p.join(b) {
		p.lead(ctx, a.Namespace)
	}
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return apierrors.NewTimeoutError("the request was not finished in time: it waited for its booking in the namespace's quotas", 0)
	}
}

// join queues b, and tells whether nobody is booking in its namespace: then the caller has to.
func (p *Plugin) join(b *booking) (leads bool) {
	namespace := b.attempt.Namespace
	p.mu.Lock()
	defer p.mu.Unlock()
	queue, busy := p.waiting[namespace]
	p.waiting[namespace] = append(queue, b)
	return !busy
}

// lead books for all who wait, until nobody does. Others wait for it, so it does not end with the leader's own request.
func (p *Plugin) lead(ctx context.Context, namespace string) {
	ctx = context.WithoutCancel(ctx)
	for {
		p.mu.Lock()
		batch := p.waiting[namespace]
		if len(batch) == 0 {
			delete(p.waiting, namespace)
			p.mu.Unlock()
			return
		}
		p.waiting[namespace] = nil
		p.mu.Unlock()
		p.book(ctx, namespace, batch)
		for _, b := range batch {
			close(b.done)
		}
	}
}

// book decides about a batch. Writes are first held against all quotas, so that what one refuses is booked in none.
func (p *Plugin) book(ctx context.Context, namespace string, batch []*booking) {
	quotas := p.books.ResourceQuotas(namespace)
	drafts := make([]*corev1.ResourceQuota, len(quotas))
	for i, q := range quotas {
		drafts[i] = q.DeepCopy()
	}
	for _, b := range batch {
		took := make([]corev1.ResourceList, len(drafts))
		for i, q := range drafts {
			if took[i], b.err = check(q, b.attempt); b.err != nil {
				break
			}
		}
		if b.err == nil {
			for i, q := range drafts {
				add(q, took[i])
			}
		}
	}
	for _, q := range quotas {
		p.write(ctx, q, batch)
	}
}

// maxTries bounds how often a quota is read again because another server booked in it.
const maxTries = 50

// write books in one quota what the batch takes of it.
func (p *Plugin) write(ctx context.Context, q *corev1.ResourceQuota, batch []*booking) {
	for range maxTries {
		draft, changed := q.DeepCopy(), false
		for _, b := range batch {
			if b.err != nil {
				continue
			}
			var took corev1.ResourceList
			if took, b.err = check(draft, b.attempt); b.err == nil && len(took) > 0 {
				add(draft, took)
				changed = true
			}
		}
		if !changed {
			return
		}
		name := draft.Name
		err := p.books.UpdateQuotaStatus(ctx, draft)
		switch {
		case err == nil, apierrors.IsNotFound(err): // gone: it bounds nothing any more
			return
		case !apierrors.IsConflict(err):
			refuse(batch, fmt.Errorf("booking in the quota %s: %w", name, err))
			return
		}
		if q = p.find(q); q == nil {
			return
		}
	}
	refuse(batch, fmt.Errorf("booking in the quota %s: others always were faster", q.Name))
}

func (p *Plugin) find(q *corev1.ResourceQuota) *corev1.ResourceQuota {
	for _, now := range p.books.ResourceQuotas(q.Namespace) {
		if now.Name == q.Name {
			return now
		}
	}
	return nil
}

func refuse(batch []*booking, err error) {
	for _, b := range batch {
		if b.err == nil {
			b.err = apierrors.NewInternalError(err)
		}
	}
}
