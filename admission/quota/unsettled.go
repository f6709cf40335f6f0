package quota

import (
	"errors"
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/resource"
)

// Who counts what is there misses what is booked and not stored yet; were that written down, its room would be given away twice. So nobody
// says less of a namespace's quotas while a write in it is on its way.

var errUnsettled = errors.New("writes that are booked are on their way; count again")

// frees tells that a status says less of something to be used than before.
func frees(a *resource.Attempt) bool {
	q, ok := a.Object.(*corev1.ResourceQuota)
	if !ok || a.Operation != resource.Update || a.Subresource != "status" {
		return false
	}
	old, ok := a.Old.(*corev1.ResourceQuota)
	if !ok {
		return false
	}
	for name, before := range old.Status.Used {
		if now, has := q.Status.Used[name]; !has || now.Cmp(before) < 0 {
			return true
		}
	}
	return false
}

// flight is how many writes are on their way, and when the last one arrived.
type flight struct {
	n    int
	last time.Time
}

// landing is how long after its arrival a write may be missing in a count that is being written down.
const landing = 50 * time.Millisecond

func (p *Plugin) settling(namespace string, n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.unsettled[namespace]
	p.unsettled[namespace] = flight{n: f.n + n, last: time.Now()}
}

func (p *Plugin) unsettledIn(namespace string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.unsettled[namespace]
	switch {
	case !ok:
		return false
	case f.n > 0, time.Since(f.last) < landing:
		return true
	}
	delete(p.unsettled, namespace)
	return false
}
