package network

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"argosy.dev/network/attachment"
)

// Prune makes an end of what a former process attached and is not to be kept, and of links that nobody knows. What this
// process attached is never pruned. It returns which of the kept sandboxes have no connection (any more): they cannot be
// given one behind their backs, so they have to be made anew.
func (n *Network) Prune(ctx context.Context, keep []string) (lost []string, err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("pruning the network: %w", err)
	}
	found, err := n.kernel.Links.List()
	if err != nil {
		return nil, fmt.Errorf("pruning the network: %w", err)
	}
	var gone []string
	var kept []attachment.Link
	n.mu.Lock()
	for id := range n.former {
		if slices.Contains(keep, id) {
			kept = append(kept, n.link(n.attached[id]))
		} else {
			gone = append(gone, id)
		}
	}
	clear(n.former)
	for _, id := range keep {
		if _, ok := n.attached[id]; !ok {
			lost = append(lost, id)
		}
	}
	n.mu.Unlock()
	var errs []error
	for _, id := range gone {
		errs = append(errs, n.detach(id))
	}
	n.reap(true)

	n.mu.Lock()
	current := map[string]bool{} // links of this process, made since
	for id := range n.attached {
		current[attachment.Name(id)] = true
	}
	n.mu.Unlock()
	d := attachment.Compare(n.cfg.Name, found, kept, func(string) bool { return false })
	d.Destroy = slices.DeleteFunc(d.Destroy, func(name string) bool { return current[name] })
	errs = append(errs, n.kernel.Links.Destroy(d.Destroy))
	for _, l := range d.Route {
		errs = append(errs, n.kernel.Links.Route(l))
	}
	for _, l := range d.Lost {
		lost = append(lost, l.Sandbox)
	}
	slices.Sort(lost)
	if err := errors.Join(errs...); err != nil {
		return lost, fmt.Errorf("pruning the network: %w", err)
	}
	return lost, nil
}
