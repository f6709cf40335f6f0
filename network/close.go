package network

import (
	"context"
	"errors"
	"fmt"

	"argosy.dev/network/attachment"
	"argosy.dev/network/gateway"
)

// Close stops the network. With keepPods everything stays in the kernel as it is, for pods that outlive this process and
// a next one that takes over. Without, nothing of ours is left: links, routes, rules, addresses, and parameters are as
// they were.
func (n *Network) Close(ctx context.Context, keepPods bool) error {
	n.mu.Lock()
	if n.closed {
		n.mu.Unlock()
		return nil
	}
	n.closed = true
	n.mu.Unlock()
	n.stop()
	select {
	case <-n.done:
	case <-ctx.Done():
	}
	var errs []error
	if !keepPods {
		errs = append(errs, n.clear())
	}
	errs = append(errs, n.journal.Close())
	n.kernel.Close()
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stopping the network: %w", err)
	}
	return nil
}

// clear takes everything of ours out of the kernel. Addresses that were in use are free then.
func (n *Network) clear() error {
	n.mu.Lock()
	var ids []string
	for id := range n.attached {
		ids = append(ids, id)
	}
	n.mu.Unlock()
	var errs []error
	for _, id := range ids {
		errs = append(errs, n.detach(id))
	}
	n.reap(true)
	found, err := n.kernel.Links.List()
	d := attachment.Compare(n.cfg.Name, found, nil, func(string) bool { return false })
	errs = append(errs, err, n.kernel.Links.Destroy(d.Destroy))
	if n.filter != nil {
		errs = append(errs, n.filter.Remove())
	}
	errs = append(errs, gateway.Reconcile(n.kernel.Gateway, n.ranges, nil), n.sysctls.Restore())
	return errors.Join(errs...)
}
