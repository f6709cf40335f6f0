package network

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"argosy.dev/network/attachment"
	"argosy.dev/network/hostport"
	"argosy.dev/network/journal"
	"argosy.dev/network/masquerade"
	"argosy.dev/network/nft"
)

// table computes the nftables table as it is wanted now.
func (n *Network) table() nft.Table {
	t := nft.Table{Name: n.cfg.Name}
	t.Sets, t.Chains = hostport.Frame(n.Gateways(), attachment.Prefix)
	t.Chains = append(t.Chains, masquerade.Chains(n.cfg.PodRanges, n.cfg.ClusterRanges)...)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ports.Fill(t.Sets)
	return t
}

// openFilter puts the table into the kernel. Without it pods still reach each other and the node.
func (n *Network) openFilter() {
	n.filterOff = n.kernel.FilterMissing
	if n.kernel.Filter != nil {
		n.filter = nft.NewReconciler(n.kernel.Filter, n.cfg.Name)
		if err := n.filter.Sync(n.table()); err != nil {
			n.filter, n.filterOff = nil, err
		}
	}
	if n.filter == nil {
		n.warn(fmt.Sprintf("pods do not reach the world and host ports are refused: %v", n.filterOff))
	}
}

// canOpen refuses host ports that this kernel cannot serve.
func (n *Network) canOpen(ports []PortMapping) error {
	if len(ports) == 0 {
		return nil
	}
	if n.filter == nil {
		return fmt.Errorf("host ports are off on this node: %w", n.filterOff)
	}
	if slices.ContainsFunc(ports, func(p PortMapping) bool { return p.Protocol == hostport.SCTP }) {
		if _, err := n.kernel.Sysctls.Read(sctpTracking); errors.Is(err, os.ErrNotExist) {
			return errors.New("host ports for SCTP are off on this node: the kernel does not track its connections")
		}
	}
	return nil
}

// takePorts enters the pod's host ports into the table; the kernel follows when the pod is there.
func (n *Network) takePorts(r journal.Record) ([]nft.Update, error) {
	if err := n.canOpen(r.Ports); err != nil {
		return nil, err
	}
	n.portsMu.Lock()
	defer n.portsMu.Unlock()
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.ports.Open(owner(r), r.Addresses, r.Ports)
}

// openPorts makes the host ports lead to the pod.
func (n *Network) openPorts(r journal.Record, updates []nft.Update) error {
	if len(updates) == 0 {
		return nil
	}
	n.portsMu.Lock()
	err := n.filter.Update(updates...)
	n.portsMu.Unlock()
	if err != nil {
		return err
	}
	flows := hostport.Flows{Ports: r.Ports, Addresses: r.Addresses, Opened: true}
	if flows.Any() {
		return n.kernel.Forget(flows)
	}
	return nil
}

// closePorts takes the pod's host ports away, from the table and from the kernel.
func (n *Network) closePorts(r journal.Record) error {
	if len(r.Ports) == 0 {
		return nil
	}
	n.portsMu.Lock()
	defer n.portsMu.Unlock()
	n.mu.Lock()
	updates := n.ports.Close(r.Sandbox)
	n.mu.Unlock()
	if n.filter == nil {
		return nil
	}
	err := n.filter.Update(updates...)
	if err != nil {
		n.filterStale = true
	}
	return err
}

// repairFilter puts the packet filter right: after somebody flushed or changed it, and after a change of ours failed.
func (n *Network) repairFilter() {
	if n.filter == nil {
		return
	}
	n.portsMu.Lock()
	defer n.portsMu.Unlock()
	if n.filterStale {
		if err := n.filter.Sync(n.table()); err != nil {
			n.cfg.Log.Error("the packet filter cannot be put right", "err", err)
			return
		}
		n.filterStale = false
	}
	repaired, err := n.filter.Repair()
	if err != nil {
		n.cfg.Log.Error("the packet filter cannot be looked after", "err", err)
	} else if repaired {
		n.cfg.Log.Warn("somebody changed the nftables table of this node, it was put back", "table", n.cfg.Name)
	}
}
