package network

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"argosy.dev/network/address"
	"argosy.dev/network/journal"
)

// fallbackMTU is for a host without an uplink.
const fallbackMTU = 1500

// Attach connects a sandbox: it gets an address of each family that the node has a range of, IPv4 or IPv6 in the order of
// the configuration, and its host ports lead to it. A sandbox that is attached already is attached anew, with other
// addresses. When Attach fails, nothing is left of the attempt. A taken host port is a *hostport.ConflictError; a full
// range wraps address.ErrFull.
func (n *Network) Attach(ctx context.Context, pod Pod) ([]netip.Addr, error) {
	ips, err := n.attach(ctx, pod)
	if err != nil {
		return nil, fmt.Errorf("attaching pod %s to the network: %w", pod.title(), err)
	}
	return ips, nil
}

func (n *Network) attach(ctx context.Context, pod Pod) ([]netip.Addr, error) {
	if err := errors.Join(ctx.Err(), pod.check()); err != nil {
		return nil, err
	}
	if err := n.forgetSandbox(pod.SandboxID); err != nil {
		return nil, err
	}
	record := journal.Record{
		Sandbox: pod.SandboxID, Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID, NetNS: pod.NetNS,
		Ports: slices.Clone(pod.Ports),
	}
	addresses, waiting, err := n.takeAddresses()
	for try := 0; waiting && try < 100; try++ { // others may be faster to take what comes free
		n.reap(true)
		addresses, waiting, err = n.takeAddresses()
	}
	if err != nil {
		return nil, err
	}
	record.Addresses = addresses
	updates, err := n.takePorts(record)
	if err != nil {
		n.releaseAddresses(addresses)
		return nil, err
	}
	if err := n.enter(record); err != nil {
		err = errors.Join(err, n.closePorts(record))
		n.releaseAddresses(addresses)
		return nil, err
	}
	link := n.link(record)
	if link.MTU, err = n.mtu(); err == nil {
		err = n.kernel.Links.Create(ctx, link, pod.NetNS)
	}
	if err == nil {
		err = n.openPorts(record, updates)
	}
	if err != nil {
		return nil, errors.Join(err, n.forgetSandbox(pod.SandboxID))
	}
	return slices.Clone(addresses), nil
}

// enter records the sandbox as attached, before the kernel knows it.
func (n *Network) enter(r journal.Record) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return errClosed
	}
	if err := n.journal.Attach(r); err != nil {
		return err
	}
	n.attached[r.Sandbox] = r
	return nil
}

// takeAddresses takes one address of each range. waiting tells that a range is full, but some of it only because links of
// detached pods are not gone yet.
func (n *Network) takeAddresses() (out []netip.Addr, waiting bool, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.closed {
		return nil, false, errClosed
	}
	for _, pool := range n.pools {
		a, err := pool.Next()
		if err != nil {
			n.release(out)
			return nil, errors.Is(err, address.ErrFull) && len(n.draining) > 0, err
		}
		out = append(out, a)
	}
	return out, false, nil
}

func (n *Network) releaseAddresses(addresses []netip.Addr) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.release(addresses)
}

// release gives addresses back; the caller holds mu.
func (n *Network) release(addresses []netip.Addr) {
	for _, a := range addresses {
		if pool := n.pool(a); pool != nil {
			pool.Release(a)
		}
	}
}

func (n *Network) mtu() (int, error) {
	if n.cfg.MTU != 0 {
		return n.cfg.MTU, nil
	}
	mtu, err := n.kernel.Gateway.UplinkMTU()
	if mtu == 0 {
		mtu = fallbackMTU
	}
	return min(mtu, 65535), err
}
