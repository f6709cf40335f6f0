package network

import (
	"context"
	"slices"
	"time"

	"argosy.dev/network/attachment"
	"argosy.dev/network/hostport"
	"argosy.dev/network/journal"
)

// repairEvery is how often the packet filter is looked after.
const repairEvery = 30 * time.Second

// draining is a detached sandbox whose link may still be there.
type draining struct {
	journal.Record
	since time.Time
	// forget is set until connections to its host ports are no longer tracked.
	forget bool
}

// nudge makes the loop look at what is draining.
func (n *Network) nudge() {
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// run does what nobody waits for, until ctx ends.
func (n *Network) run(ctx context.Context) {
	defer close(n.done)
	repair := time.NewTicker(repairEvery)
	defer repair.Stop()
	for {
		var due <-chan time.Time
		if wait, ok := n.nextReap(); ok {
			due = time.After(wait)
		}
		select {
		case <-ctx.Done():
			return
		case <-n.wake:
			n.forgetFlows()
		case <-due:
			n.reap(false)
		case <-repair.C:
			n.repairFilter()
		}
	}
}

// nextReap tells how long until the oldest draining sandbox has lingered long enough.
func (n *Network) nextReap() (time.Duration, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	var oldest time.Time
	for _, d := range n.draining {
		if oldest.IsZero() || d.since.Before(oldest) {
			oldest = d.since
		}
	}
	return max(0, time.Until(oldest.Add(n.cfg.Linger))), !oldest.IsZero()
}

// reap frees the addresses of drained sandboxes: those that lingered long enough, or all at once; only, if given, those of
// these IDs. Links that are still there, because something holds their namespace, are destroyed; one that cannot be is tried
// again later.
func (n *Network) reap(all bool, only ...string) {
	n.reapMu.Lock()
	defer n.reapMu.Unlock()
	n.mu.Lock()
	var ready []draining
	for id, d := range n.draining {
		if (all || time.Since(d.since) >= n.cfg.Linger) && (len(only) == 0 || slices.Contains(only, id)) {
			ready = append(ready, d)
		}
	}
	n.mu.Unlock()
	slices.SortFunc(ready, func(a, b draining) int { return a.since.Compare(b.since) })
	var names []string
	for _, d := range ready {
		if name := attachment.Name(d.Sandbox); n.kernel.Links.Present(name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		if err := n.kernel.Links.Destroy(names); err != nil {
			n.cfg.Log.Error("links of detached pods cannot be removed", "links", len(names), "err", err)
		}
	}
	for _, d := range ready {
		if slices.Contains(names, attachment.Name(d.Sandbox)) && n.kernel.Links.Present(attachment.Name(d.Sandbox)) {
			n.mu.Lock()
			d.since = time.Now()
			n.draining[d.Sandbox] = d
			n.mu.Unlock()
			continue
		}
		n.mu.Lock()
		if err := n.journal.Free(d.Sandbox); err != nil {
			n.cfg.Log.Error("a free address is remembered as taken until the next start", "sandbox", d.Sandbox, "err", err)
		}
		delete(n.draining, d.Sandbox)
		n.release(d.Addresses)
		n.mu.Unlock()
	}
}

// forgetFlows makes the kernel forget connections to host ports of detached pods. It reads all tracked connections, so
// nobody waits for it.
func (n *Network) forgetFlows() {
	n.mu.Lock()
	var stale []hostport.Flows
	for id, d := range n.draining {
		if flows := (hostport.Flows{Ports: d.Ports, Addresses: d.Addresses}); d.forget && flows.Any() {
			stale = append(stale, flows)
			d.forget = false
			n.draining[id] = d
		}
	}
	n.mu.Unlock()
	for _, f := range stale {
		if err := n.kernel.Forget(f); err != nil {
			n.cfg.Log.Error("connections to the host ports of a detached pod stay tracked", "err", err)
		}
	}
}
