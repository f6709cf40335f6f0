package network

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"argosy.dev/network/attachment"
	"argosy.dev/network/firewall"
	"argosy.dev/network/gateway"
	"argosy.dev/network/hostport"
	"argosy.dev/network/netns"
	"argosy.dev/network/nft"
	"argosy.dev/network/sysctl"
)

// Kernel is everything that a Network drives.
type Kernel struct {
	Links   attachment.Kernel
	Gateway gateway.Kernel
	Sysctls sysctl.Tree
	// Filter is nil where there is none; FilterMissing then says why.
	Filter        nft.Kernel
	FilterMissing error
	// Firewall returns what a firewall of the host forbids.
	Firewall func() ([]string, error)
	// Forget makes connections be forgotten that no longer lead where their host port does; it goes with Filter.
	Forget func(hostport.Flows) error
	// Where names the boot and the namespace: kernel state of another one is gone.
	Where string
	// Close lets go of everything and changes nothing.
	Close func()
}

// openKernel opens the kernel of a namespace for one node, and locks out every other process that would run the same
// node, or the same pod range, there.
func openKernel(cfg Config, ranges []gateway.Range) (*Kernel, error) {
	ns, err := netns.Open(cfg.NetNS)
	if err != nil {
		return nil, err
	}
	var closers []func()
	closeAll := func() {
		for i := len(closers) - 1; i >= 0; i-- {
			closers[i]()
		}
	}
	closers = append(closers, func() { _ = ns.Close() })
	fail := func(err error) (*Kernel, error) {
		closeAll()
		return nil, err
	}
	keys := []string{"node " + cfg.Name}
	for _, r := range ranges {
		keys = append(keys, "pod range "+r.Prefix.String())
	}
	for _, key := range keys {
		unlock, err := lock(ns, key)
		if err != nil {
			return fail(err)
		}
		closers = append(closers, unlock)
	}
	where, err := whereabouts(ns)
	if err != nil {
		return fail(err)
	}
	k := &Kernel{
		Sysctls:  sysctl.Kernel{NetNS: ns},
		Firewall: func() ([]string, error) { return firewall.Find(ns, cfg.Name, attachment.Prefix) },
		Where:    where,
		Close:    closeAll,
	}
	if k.Gateway, err = gateway.Open(ns); err != nil {
		return fail(err)
	}
	closers = append(closers, k.Gateway.Close)
	if k.Links, err = attachment.Open(ns, cfg.Name, addressesOf(ranges)); err != nil {
		return fail(err)
	}
	closers = append(closers, k.Links.Close)
	k.Filter, err = nft.Open(ns)
	if errors.Is(err, nft.ErrUnsupported) {
		k.FilterMissing = err
	} else if err != nil {
		return fail(err)
	} else {
		closers = append(closers, func() { _ = k.Filter.Close() })
	}
	if k.Filter != nil {
		tracker, err := hostport.Track(ns)
		if err != nil {
			return fail(err)
		}
		closers = append(closers, tracker.Close)
		k.Forget = tracker.Forget
	}
	return k, nil
}

func whereabouts(ns *netns.Handle) (string, error) {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("telling this boot from others: %w", err)
	}
	inode, err := ns.Inode()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("boot %s namespace %d", strings.TrimSpace(string(boot)), inode), nil
}

// Fake is a kernel in memory.
type Fake struct {
	Links   *attachment.Fake
	Gateway *gateway.Fake
	Sysctls sysctl.Fake
	Filter  *nft.Fake
	// Drops is what Firewall returns.
	Drops []string
}

// NewFake returns a kernel that holds nothing and can do everything, for a node of the default name.
func NewFake() *Fake {
	return &Fake{
		Links: attachment.NewFake("argosy"), Gateway: &gateway.Fake{}, Filter: nft.NewFake(),
		Sysctls: sysctl.Fake{
			ipForward: "0", ip6Forward: "0", sctpTracking: "1", "net/ipv6/conf/uplink/accept_ra": "1",
		},
	}
}

// Kernel returns what a Network drives. It can be asked for again, as by a process that starts anew.
func (f *Fake) Kernel() *Kernel {
	return &Kernel{
		Links: f.Links, Gateway: f.Gateway, Sysctls: f.Sysctls, Filter: f.Filter, Where: "memory",
		Firewall: func() ([]string, error) { return f.Drops, nil },
		Forget:   func(hostport.Flows) error { return nil },
		Close:    func() {},
	}
}

// String prints everything that the kernel holds.
func (f *Fake) String() string {
	return f.Links.String() + f.Gateway.String() + f.Filter.String() + f.Sysctls.String()
}
