package hostport

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// Flows says which tracked connections no longer lead where their port does. Rules are asked only for the first packet of
// a connection; a client that goes on sending, as UDP clients do, would never see a change. TCP begins anew by itself: a
// connection to a pod that is gone breaks, and the next one asks the rules.
type Flows struct {
	// Ports are the host ports that changed hands; addresses those of the pod.
	Ports     []Port
	Addresses []netip.Addr
	// Opened is true if the pod now has the ports: connections that lead elsewhere are stale. Otherwise it had them, and
	// connections that lead to it are.
	Opened bool
}

// Any tells whether there can be such connections.
func (f Flows) Any() bool {
	return slices.ContainsFunc(f.Ports, func(p Port) bool { return p.Protocol.number() != unix.IPPROTO_TCP })
}

// Stale tells it of one connection: its protocol, the address and port it was opened to, and who answers. local tells
// whether an address is the node's.
func (f Flows) Stale(protocol uint8, to netip.AddrPort, answers netip.Addr, local func(netip.Addr) bool) bool {
	if protocol == unix.IPPROTO_TCP {
		return false
	}
	leadsHere := slices.Contains(f.Addresses, answers)
	for _, p := range f.Ports {
		if p.Protocol.number() != protocol || p.HostPort != to.Port() {
			continue
		}
		if !f.Opened && leadsHere || f.Opened && !leadsHere && p.serves(to.Addr()) && local(to.Addr()) {
			return true
		}
	}
	return false
}

func (p Port) serves(a netip.Addr) bool {
	return !p.HostIP.IsValid() || p.HostIP == a || p.HostIP.IsUnspecified() && p.HostIP.Is4() == a.Is4()
}

// Tracker makes the kernel forget connections. It may be used from any goroutine.
type Tracker struct{ h *netlink.Handle }

// Track opens the tracked connections of the namespace. The Tracker keeps its socket: after rules were removed, the kernel
// makes whoever closes a socket of this sort wait for their readers, and everybody who changes rules meanwhile.
func Track(ns *netns.Handle) (*Tracker, error) {
	var t Tracker
	if err := ns.Do(func() (err error) {
		t.h, err = netlink.NewHandle(unix.NETLINK_NETFILTER, unix.NETLINK_ROUTE)
		return err
	}); err != nil {
		return nil, fmt.Errorf("opening the tracked connections: %w", err)
	}
	return &t, nil
}

// Close closes the socket.
func (t *Tracker) Close() { t.h.Close() }

// Forget makes the kernel forget the stale connections. It reads all connections that the node tracks, which takes
// milliseconds that every change of links waits for too; so it is only for changes that need it, see Flows.Any.
func (t *Tracker) Forget(f Flows) error {
	if !f.Any() {
		return nil
	}
	match := staleFilter{Flows: f}
	addresses, err := t.h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // then it has all but what changed just now
		return fmt.Errorf("forgetting connections to host ports: %w", err)
	}
	for _, a := range addresses {
		if ip, ok := netip.AddrFromSlice(a.IP); ok {
			match.local = append(match.local, ip.Unmap())
		}
	}
	var errs []error
	for _, family := range []netlink.InetFamily{unix.AF_INET, unix.AF_INET6} {
		if !slices.ContainsFunc(f.Addresses, func(a netip.Addr) bool { return a.Is4() == (family == unix.AF_INET) }) {
			continue
		}
		_, err := t.h.ConntrackDeleteFilters(netlink.ConntrackTable, family, match)
		if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) {
			errs = append(errs, fmt.Errorf("forgetting connections to host ports: %w", err))
		}
	}
	return errors.Join(errs...)
}

type staleFilter struct {
	Flows
	local []netip.Addr
}

// MatchConntrackFlow implements netlink.CustomConntrackFilter.
func (s staleFilter) MatchConntrackFlow(flow *netlink.ConntrackFlow) bool {
	to, ok := netip.AddrFromSlice(flow.Forward.DstIP)
	answers, ok2 := netip.AddrFromSlice(flow.Reverse.SrcIP)
	if !ok || !ok2 {
		return false
	}
	return s.Stale(flow.Forward.Protocol, netip.AddrPortFrom(to.Unmap(), flow.Forward.DstPort), answers.Unmap(), func(a netip.Addr) bool {
		return a.IsLoopback() || slices.Contains(s.local, a)
	})
}
