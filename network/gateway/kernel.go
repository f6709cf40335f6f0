package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// RouteProtocol marks the routes of this room in the kernel's table, as ip route shows them: proto 97.
const RouteProtocol = 97

// lastResort is the metric of the refusing route, so that any other route into the range wins.
const lastResort = 4278198272

// Nothing is ever sent to these: they are documentation's addresses, asked of the routing table to find the uplink.
var (
	somewhere4 = net.IPv4(192, 0, 2, 1)
	somewhere6 = net.ParseIP("2001:db8::1")
)

type netlinkKernel struct{ h *netlink.Handle }

// Open returns the Kernel of the namespace.
func Open(ns *netns.Handle) (Kernel, error) {
	var k netlinkKernel
	err := ns.Do(func() (err error) {
		k.h, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening the routing tables: %w", err)
	}
	return k, nil
}

func (k netlinkKernel) Close() { k.h.Close() }

func single(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
}

func (k netlinkKernel) parts(r Range) (netlink.Link, *netlink.Addr, *netlink.Route, error) {
	lo, err := k.h.LinkByName("lo")
	if err != nil {
		return nil, nil, nil, fmt.Errorf("finding the loopback interface: %w", err)
	}
	address := &netlink.Addr{IPNet: single(r.Address)}
	if r.Address.Is6() {
		address.Flags = unix.IFA_F_NODAD
	}
	route := &netlink.Route{
		Dst:  &net.IPNet{IP: r.Prefix.Addr().AsSlice(), Mask: net.CIDRMask(r.Prefix.Bits(), r.Prefix.Addr().BitLen())},
		Type: unix.RTN_UNREACHABLE, Protocol: RouteProtocol, Table: unix.RT_TABLE_MAIN,
	}
	metric := uint32(lastResort)
	route.Priority = int(metric)
	return lo, address, route, nil
}

func (k netlinkKernel) Ensure(r Range) error {
	lo, address, route, err := k.parts(r)
	if err != nil {
		return err
	}
	if lo.Attrs().Flags&net.FlagUp == 0 {
		if err := k.h.LinkSetUp(lo); err != nil {
			return fmt.Errorf("bringing up the loopback interface: %w", err)
		}
	}
	if err := k.h.AddrReplace(lo, address); err != nil {
		return fmt.Errorf("giving the node the address %s: %w", r.Address, err)
	}
	if err := k.h.RouteReplace(route); err != nil {
		return fmt.Errorf("adding the route of the pod range %s: %w", r.Prefix, err)
	}
	return nil
}

func (k netlinkKernel) Remove(r Range) error {
	lo, address, route, err := k.parts(r)
	if err != nil {
		return err
	}
	if err := k.h.RouteDel(route); err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("removing the route of the pod range %s: %w", r.Prefix, err)
	}
	if err := k.h.AddrDel(lo, address); err != nil && !errors.Is(err, unix.EADDRNOTAVAIL) {
		return fmt.Errorf("taking the address %s off the node: %w", r.Address, err)
	}
	return nil
}

func (k netlinkKernel) Overlaps(r Range) ([]string, error) {
	family := netlink.FAMILY_V6
	if r.Prefix.Addr().Is4() {
		family = netlink.FAMILY_V4
	}
	routes, err := k.h.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_MAIN}, netlink.RT_FILTER_TABLE)
	if err != nil && !errors.Is(err, netlink.ErrDumpInterrupted) { // then it has all but what changed just now
		return nil, fmt.Errorf("listing routes: %w", err)
	}
	var out []string
	for _, route := range routes {
		if route.Dst == nil || route.Protocol == RouteProtocol {
			continue
		}
		a, _ := netip.AddrFromSlice(route.Dst.IP)
		bits, _ := route.Dst.Mask.Size()
		p := netip.PrefixFrom(a.Unmap(), bits)
		if bits == 0 || p.Addr() == r.Address || !p.Overlaps(r.Prefix) {
			continue
		}
		name := fmt.Sprintf("interface %d", route.LinkIndex)
		if link, err := k.h.LinkByIndex(route.LinkIndex); err == nil {
			name = link.Attrs().Name
		}
		out = append(out, fmt.Sprintf("%s dev %s", p, name))
	}
	return out, nil
}

func (k netlinkKernel) uplink(to net.IP) (netlink.Link, error) {
	routes, err := k.h.RouteGet(to)
	if err != nil {
		if errors.Is(err, unix.ENETUNREACH) || errors.Is(err, unix.EHOSTUNREACH) || errors.Is(err, unix.EACCES) ||
			errors.Is(err, unix.EINVAL) || errors.Is(err, unix.EAFNOSUPPORT) {
			return nil, nil // no route, a refusing route, or no such family
		}
		return nil, fmt.Errorf("looking for the uplink: %w", err)
	}
	for _, r := range routes {
		if r.LinkIndex == 0 {
			continue
		}
		link, err := k.h.LinkByIndex(r.LinkIndex)
		if err != nil {
			return nil, fmt.Errorf("looking for the uplink: %w", err)
		}
		if link.Attrs().Flags&net.FlagLoopback == 0 {
			return link, nil
		}
	}
	return nil, nil
}

func (k netlinkKernel) UplinkMTU() (int, error) {
	for _, to := range []net.IP{somewhere4, somewhere6} {
		if link, err := k.uplink(to); err != nil || link != nil {
			if err != nil {
				return 0, err
			}
			return link.Attrs().MTU, nil
		}
	}
	return 0, nil
}

func (k netlinkKernel) Uplink(ipv4 bool) (string, error) {
	to := somewhere6
	if ipv4 {
		to = somewhere4
	}
	link, err := k.uplink(to)
	if err != nil || link == nil {
		return "", err
	}
	return link.Attrs().Name, nil
}
