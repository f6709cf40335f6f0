package network

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"argosy.dev/network/address"
	"argosy.dev/network/attachment"
	"argosy.dev/network/gateway"
	"argosy.dev/network/hostport"
	"argosy.dev/network/journal"
	"argosy.dev/network/nft"
	"argosy.dev/network/sysctl"
)

// Kernel parameters.
const (
	ipForward    = "net/ipv4/ip_forward"
	ip6Forward   = "net/ipv6/conf/all/forwarding"
	sctpTracking = "net/netfilter/nf_conntrack_sctp_timeout_established"
)

// rangesFile remembers which ranges the node has, for a process that starts with others.
const rangesFile = "ranges.json"

var errClosed = errors.New("the network is stopped")

// Network is the running network of one node.
type Network struct {
	cfg     Config
	kernel  *Kernel
	journal *journal.Journal
	sysctls *sysctl.Memory
	ranges  []gateway.Range
	// filter is nil where it is off; filterOff then says why.
	filter    *nft.Reconciler
	filterOff error

	warnings []string // written by Open alone

	// portsMu makes taking a port away from the table and from the kernel one step, so that the next owner's element is
	// never the one that is removed. It is taken before mu.
	portsMu     sync.Mutex
	filterStale bool       // the kernel kept an element that should have gone
	reapMu      sync.Mutex // one reap at a time: an address is freed once

	mu       sync.Mutex
	pools    []*address.Pool
	ports    *hostport.Table
	attached map[string]journal.Record
	former   map[string]struct{} // of attached: those of a former process, until Prune
	draining map[string]draining
	closed   bool

	wake chan struct{} // capacity 1
	stop context.CancelFunc
	done chan struct{}
}

// Open takes over what a former process left, or starts afresh, and keeps the network running until Close. Pods of a
// former process go on as they are; Prune tells which of them still exist.
func Open(ctx context.Context, cfg Config) (*Network, error) {
	cfg, err := cfg.complete()
	if err != nil {
		return nil, fmt.Errorf("starting the network: %w", err)
	}
	n := &Network{
		cfg: cfg, ports: hostport.NewTable(), attached: map[string]journal.Record{}, former: map[string]struct{}{},
		draining: map[string]draining{}, wake: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if err := n.open(ctx); err != nil {
		if n.journal != nil {
			_ = n.journal.Close()
		}
		if n.kernel != nil {
			n.kernel.Close()
		}
		return nil, fmt.Errorf("starting the network: %w", err)
	}
	loop, stop := context.WithCancel(context.WithoutCancel(ctx))
	n.stop = stop
	n.nudge()
	go n.run(loop)
	return n, nil
}

func (n *Network) open(ctx context.Context) error {
	var err error
	if n.pools, n.ranges, err = n.cfg.ranges(); err != nil {
		return err
	}
	if err := os.MkdirAll(n.cfg.StateDir, 0o700); err != nil {
		return fmt.Errorf("making the state directory: %w", err)
	}
	if n.kernel = n.cfg.Kernel; n.kernel == nil {
		if n.kernel, err = openKernel(n.cfg, n.ranges); err != nil {
			return err
		}
	}
	unreadable := 0
	if n.journal, unreadable, err = journal.Open(n.cfg.StateDir); err != nil {
		return err
	}
	if unreadable > 0 {
		n.cfg.Log.Warn("the network's journal had unreadable lines", "dir", n.cfg.StateDir, "skipped", unreadable)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	n.recall(n.journal.State())
	if err := n.openRanges(); err != nil {
		return err
	}
	if n.sysctls, err = sysctl.Remember(n.kernel.Sysctls, n.cfg.StateDir, n.kernel.Where); err != nil {
		return err
	}
	n.openForwarding()
	if err := n.kernel.Links.Probe(); err != nil {
		n.warn(fmt.Sprintf("%v: only pods on the host's network can run", err))
	}
	n.openFilter()
	return n.lookAround()
}

// recall rebuilds what is known of addresses and ports from the journal.
func (n *Network) recall(state journal.State) {
	for _, a := range state.Released {
		if pool := n.pool(a); pool != nil && pool.Take(a) == nil {
			pool.Release(a)
		}
	}
	take := func(r journal.Record) {
		for _, a := range r.Addresses {
			if pool := n.pool(a); pool != nil { // else the range changed since
				if err := pool.Take(a); err != nil {
					n.cfg.Log.Error("the network's journal contradicts itself", "sandbox", r.Sandbox, "err", err)
				}
			}
		}
	}
	for id, r := range state.Attached {
		take(r)
		n.attached[id] = r
		n.former[id] = struct{}{}
		if _, err := n.ports.Open(owner(r), r.Addresses, r.Ports); err != nil {
			n.cfg.Log.Error("the network's journal contradicts itself", "sandbox", r.Sandbox, "err", err)
		}
	}
	for id, r := range state.Draining {
		take(r)
		n.draining[id] = draining{Record: r, since: time.Now(), forget: true}
	}
}

func owner(r journal.Record) hostport.Owner {
	return hostport.Owner{Sandbox: r.Sandbox, Pod: Pod{SandboxID: r.Sandbox, Namespace: r.Namespace, Name: r.Name}.title()}
}

func (n *Network) pool(a netip.Addr) *address.Pool {
	i := slices.IndexFunc(n.pools, func(p *address.Pool) bool { return p.Prefix().Contains(a) })
	if i < 0 {
		return nil
	}
	return n.pools[i]
}

// openRanges makes the node the router of its ranges, and lets go of those of a former configuration.
func (n *Network) openRanges() error {
	path := filepath.Join(n.cfg.StateDir, rangesFile)
	var former []gateway.Range
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &former) // unreadable after a power loss, and then there is nothing to remove either
	}
	if err != nil && errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("reading the former pod ranges: %w", err)
	}
	all := slices.Clone(former)
	for _, r := range n.ranges {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for _, known := range [][]gateway.Range{all, n.ranges} { // remember first, forget last
		if raw, err = json.Marshal(known); err == nil {
			err = os.WriteFile(path, raw, 0o600)
		}
		if err != nil {
			return fmt.Errorf("remembering the pod ranges: %w", err)
		}
		if err := gateway.Reconcile(n.kernel.Gateway, former, n.ranges); err != nil {
			return err
		}
	}
	return nil
}

// openForwarding makes the node a router. A host that learned its IPv6 routes from a router stops to listen when it
// becomes one itself, unless told otherwise.
func (n *Network) openForwarding() {
	for _, r := range n.ranges {
		name := ipForward
		if r.Prefix.Addr().Is6() {
			name = ip6Forward
			if uplink, err := n.kernel.Gateway.Uplink(false); err == nil && uplink != "" {
				accept := "net/ipv6/conf/" + uplink + "/accept_ra"
				if v, err := n.kernel.Sysctls.Read(accept); err == nil && v == "1" {
					if err := n.sysctls.Set(accept, "2"); err != nil {
						n.warn(fmt.Sprintf("the host may lose its IPv6 routes: %v", err))
					}
				}
			}
		}
		if err := n.sysctls.Set(name, "1"); err != nil {
			n.warn(fmt.Sprintf("pods reach this host only, for it cannot be made to forward: %v", err))
		}
	}
}

// lookAround tells what of the host is in the way.
func (n *Network) lookAround() error {
	for _, r := range n.ranges {
		overlaps, err := n.kernel.Gateway.Overlaps(r)
		if err != nil {
			return err
		}
		for _, o := range overlaps {
			n.warn(fmt.Sprintf("the pod range %s overlaps with the route %s of this host: what lies behind that is not reached; choose another range", r.Prefix, o))
		}
	}
	if n.kernel.Filter == nil {
		return nil // without nf_tables no chain of it drops
	}
	findings, err := n.kernel.Firewall()
	if err != nil {
		return err
	}
	for _, f := range findings {
		n.warn(f)
	}
	return nil
}

func (n *Network) warn(text string) {
	n.warnings = append(n.warnings, text)
	n.cfg.Log.Warn("the network of this node is limited", "reason", text)
}

// Warnings returns, one sentence each, what of the network does not work on this host, as found by Open.
func (n *Network) Warnings() []string { return slices.Clone(n.warnings) }

// Gateways returns the node's own addresses in its pod ranges, by which it talks to its pods.
func (n *Network) Gateways() []netip.Addr { return addressesOf(n.ranges) }

func (n *Network) link(r journal.Record) attachment.Link {
	return attachment.Link{
		Sandbox: r.Sandbox, Pod: owner(r).Pod, Addresses: r.Addresses, FromLoopback: len(r.Ports) > 0,
	}
}
