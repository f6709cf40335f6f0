package network

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"argosy.dev/network/address"
	"argosy.dev/network/gateway"
	"argosy.dev/network/hostport"
)

// Config says what a Network needs to know. The zero value of each field but StateDir has a default.
type Config struct {
	// StateDir is where the network remembers what it did; it is made if it is missing.
	StateDir string
	// NetNS is the path of the node's network namespace; empty means the process's own.
	NetNS string
	// Name marks what is ours in the kernel: the nftables table, the links. It tells several nodes in one namespace apart,
	// which need different pod ranges too. Default argosy.
	Name string
	// PodRanges are the ranges of this node's pods, at most one a family. Default 10.244.0.0/24.
	PodRanges []netip.Prefix
	// ClusterRanges are all ranges that pods of the cluster have; connections into them keep their source. The node's own
	// ranges are always among them. Default 10.244.0.0/16, if PodRanges is defaulted too.
	ClusterRanges []netip.Prefix
	// MTU of the pods' links; 0 means that of the node's uplink at the time of the attachment, or 1500 without one.
	MTU int
	// Linger is how long a detached sandbox's link may stay for its namespace to take it along. Default 2 s.
	Linger time.Duration
	// Log takes what an administrator should know; nil means nobody.
	Log *slog.Logger
	// Kernel is what is driven; nil means the kernel of NetNS.
	Kernel *Kernel
}

// PortMapping asks that a port of the node leads to a port of the pod.
type PortMapping = hostport.Port

// Pod is a sandbox to be attached.
type Pod struct {
	SandboxID string
	// Namespace, Name and UID are the pod's, for people.
	Namespace, Name, UID string
	// NetNS is the path at which the sandbox's network namespace is pinned.
	NetNS string
	Ports []PortMapping
}

func (p Pod) title() string {
	if p.Name == "" {
		return p.SandboxID
	}
	return p.Namespace + "/" + p.Name
}

func (p Pod) check() error {
	switch {
	case p.SandboxID == "" || strings.ContainsAny(p.SandboxID, " \n\t"):
		return fmt.Errorf("%q is no sandbox ID", p.SandboxID)
	case p.NetNS == "":
		return errors.New("the sandbox has no network namespace of its own: pods on the host's network are not attached")
	}
	return nil
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// complete fills in the defaults and refuses what cannot be.
func (c Config) complete() (Config, error) {
	if c.StateDir == "" {
		return c, errors.New("no state directory is given")
	}
	if c.Name == "" {
		c.Name = "argosy"
	}
	if !nameForm.MatchString(c.Name) {
		return c, fmt.Errorf("the name %q must be lower-case letters, digits and dashes, at most 32", c.Name)
	}
	if len(c.PodRanges) == 0 {
		c.PodRanges = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/24")}
		if len(c.ClusterRanges) == 0 {
			c.ClusterRanges = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16")}
		}
	}
	c.ClusterRanges = slices.Clone(c.ClusterRanges)
	for i, p := range c.PodRanges {
		if slices.ContainsFunc(c.PodRanges[:i], func(q netip.Prefix) bool { return q.Addr().Is4() == p.Addr().Is4() }) {
			return c, fmt.Errorf("pod range %s: the node has one of that family already", p)
		}
		if !slices.ContainsFunc(c.ClusterRanges, func(q netip.Prefix) bool { return q.Bits() <= p.Bits() && q.Contains(p.Addr()) }) {
			c.ClusterRanges = append(c.ClusterRanges, p)
		}
	}
	if c.MTU != 0 && (c.MTU < 576 || c.MTU > 65535) {
		return c, fmt.Errorf("MTU %d: it must be 576 to 65535", c.MTU)
	}
	if c.Linger == 0 {
		c.Linger = 2 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// ranges checks the pod ranges and finds the node's own address in each.
func (c Config) ranges() ([]*address.Pool, []gateway.Range, error) {
	var pools []*address.Pool
	var ranges []gateway.Range
	for _, p := range c.PodRanges {
		pool, err := address.NewPool(p)
		if err != nil {
			return nil, nil, err
		}
		pools = append(pools, pool)
		ranges = append(ranges, gateway.Range{Prefix: p, Address: pool.Gateway()})
	}
	return pools, ranges, nil
}

func addressesOf(ranges []gateway.Range) []netip.Addr {
	var out []netip.Addr
	for _, r := range ranges {
		out = append(out, r.Address)
	}
	return out
}
