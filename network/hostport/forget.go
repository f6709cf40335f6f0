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
// a connection; a client that goes on sending, as UDP clients do, would never see a change.
type Flows struct {
	// Ports are the host ports that changed hands; addresses those of the pod.
	Ports     []Port
	Addresses []netip.Addr
	// Opened is true if the pod now has the ports: connections that lead elsewhere are stale, but only those of
	// protocols that do not begin with a handshake. Otherwise it had them, and every connection to it is stale.
	Opened bool
}

// Any tells whether there can be such connections.
func (f Flows) Any() bool {
	return slices.ContainsFunc(f.Ports, func(p Port) bool { return !f.Opened || p.Protocol != TCP && p.Protocol != "" })
}

// Stale tells it of one connection: its protocol, the address and port it was opened to, and who answers. local tells
// whether an address is the node's.
func (f Flows) Stale(protocol uint8, to netip.AddrPort, answers netip.Addr, local func(netip.Addr) bool) bool {
	for _, p := range f.Ports {
		if p.Protocol.number() != protocol || p.HostPort != to.Port() {
			continue
		}
		if !f.Opened {
			if slices.Contains(f.Addresses, answers) {
				return true
			}
			continue
		}
		if protocol != unix.IPPROTO_TCP && !slices.Contains(f.Addresses, answers) && p.serves(to.Addr()) && local(to.Addr()) {
			return true
		}
	}
	return false
}

func (p Port) serves(a netip.Addr) bool {
	return !p.HostIP.IsValid() || p.HostIP == a || p.HostIP.IsUnspecified() && p.HostIP.Is4() == a.Is4()
}

// Forget makes the kernel forget the stale connections. It reads all connections that the node tracks, so it is for
// changes that need it: see Flows.Any.
func Forget(ns *netns.Handle, f Flows) error {
	if !f.Any() {
		return nil
	}
	var h *netlink.Handle
	if err := ns.Do(func() (err error) {
		h, err = netlink.NewHandle(unix.NETLINK_NETFILTER, unix.NETLINK_ROUTE)
		return err
	}); err != nil {
		return fmt.Errorf("forgetting connections to host ports: %w", err)
	}
	defer h.Close()
	match := staleFilter{Flows: f}
	addresses, err := h.AddrList(nil, netlink.FAMILY_ALL)
	if err != nil {
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
		if _, err := h.ConntrackDeleteFilters(netlink.ConntrackTable, family, match); err != nil {
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
