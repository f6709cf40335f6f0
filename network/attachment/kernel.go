package attachment

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"argosy.dev/network/gateway"
	"argosy.dev/network/netns"
)

// netlinkKernel is the Kernel of one node's namespace.
type netlinkKernel struct {
	host  *socket
	owner string
	ipv6  bool
	// sources are the node's own addresses, by which it talks to pods: [0] IPv4, [1] IPv6.
	sources [2]netip.Addr
}

// Open returns the Kernel of the node's namespace. owner marks its links; gateways are the node's own addresses in its pod
// ranges, at most one a family, which must be there before the first link.
func Open(ns *netns.Handle, owner string, gateways []netip.Addr) (Kernel, error) {
	host, err := dial(ns)
	if err != nil {
		return nil, err
	}
	k := &netlinkKernel{host: host, owner: owner}
	for _, g := range gateways {
		k.sources[family(g)] = g
	}
	_, err = os.Stat("/proc/sys/net/ipv6")
	k.ipv6 = err == nil
	return k, nil
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

func (k *netlinkKernel) Close() { k.host.Close() }

func (k *netlinkKernel) Probe() error {
	if err := k.host.do(impossibleVeth()); errors.Is(err, unix.EOPNOTSUPP) {
		return ErrUnsupported
	}
	return nil
}

func (k *netlinkKernel) Present(name string) bool {
	_, err := k.host.index(name)
	return err == nil
}

func (k *netlinkKernel) Create(ctx context.Context, l Link, netnsPath string) error {
	pod, err := netns.Open(netnsPath)
	if err != nil {
		return err
	}
	defer pod.Close()
	err = k.host.do(createVeth(l, pod.Fd()))
	if errors.Is(err, unix.EEXIST) && k.Present(l.Name()) { // of an attempt that was cut short
		if err := k.Destroy([]string{l.Name()}); err != nil {
			return err
		}
		err = k.host.do(createVeth(l, pod.Fd()))
	}
	if err != nil {
		if errors.Is(err, unix.EOPNOTSUPP) {
			err = ErrUnsupported
		}
		return fmt.Errorf("making the link %s: %w", l.Name(), err)
	}
	if err = k.hostEnd(l); err == nil {
		err = podEnd(l, pod)
	}
	if err == nil {
		err = k.settle(ctx, l)
	}
	if err != nil {
		return errors.Join(err, k.Destroy([]string{l.Name()}))
	}
	return nil
}

// The kernel lets an interface send only after it noticed that the other end is up too. For the end that came up second
// it does so at once, for the first one in the background, and what is sent meanwhile is lost: a first packet, and with it
// a second of a connection's time or five of a name's. Newer kernels catch up when they are asked about the interface.
const (
	settleWithin = 500 * time.Millisecond
	settleAsk    = 500 * time.Microsecond
)

// settle waits until the host end can send, which it can at once, or as soon as a loaded kernel comes to it.
func (k *netlinkKernel) settle(ctx context.Context, l Link) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	index, err := k.host.index(l.Name())
	if err != nil {
		return fmt.Errorf("finding the link %s: %w", l.Name(), err)
	}
	var again *time.Ticker
	for {
		link, err := k.host.handle.LinkByIndex(index)
		if err != nil {
			return fmt.Errorf("asking for the link %s: %w", l.Name(), err)
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		if again == nil {
			again = time.NewTicker(settleAsk)
			defer again.Stop()
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the link %s does not come up: it is %s", l.Name(), link.Attrs().OperState)
		}
	}
}

// hostEnd brings the host end up and routes the pod's addresses to it.
func (k *netlinkKernel) hostEnd(l Link) error {
	if err := k.host.do(raiseHostEnd(l, l.alias(k.owner), k.ipv6 && l.MTU >= 1280)); err != nil {
		return fmt.Errorf("bringing up the link %s: %w", l.Name(), err)
	}
	return k.Route(l)
}

func (k *netlinkKernel) Route(l Link) error {
	index, err := k.host.index(l.Name())
	if err != nil {
		return fmt.Errorf("finding the link %s: %w", l.Name(), err)
	}
	for _, a := range l.Addresses {
		if err := k.host.neighbour(index, a, l.podMAC()); err != nil {
			return fmt.Errorf("entering the neighbour %s: %w", a, err)
		}
		route := k.route(index, a)
		if err := k.host.handle.RouteReplace(route); err != nil {
			return fmt.Errorf("adding the route to %s: %w", a, err)
		}
	}
	return nil
}

func (k *netlinkKernel) route(index int, a netip.Addr) *netlink.Route {
	return &netlink.Route{
		LinkIndex: index, Dst: single(a), Src: k.sources[family(a)].AsSlice(),
		Scope: netlink.SCOPE_LINK, Protocol: gateway.RouteProtocol, Table: unix.RT_TABLE_MAIN,
	}
}

func single(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: a.AsSlice(), Mask: net.CIDRMask(a.BitLen(), a.BitLen())}
}

func (k *netlinkKernel) Withdraw(l Link) error {
	index, err := k.host.index(l.Name())
	if errors.Is(err, unix.ENODEV) {
		return nil // the kernel took the routes with it
	}
	if err != nil {
		return fmt.Errorf("finding the link %s: %w", l.Name(), err)
	}
	for _, a := range l.Addresses {
		err := k.host.handle.RouteDel(k.route(index, a))
		if err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.ENODEV) {
			return fmt.Errorf("removing the route to %s: %w", a, err)
		}
	}
	return nil
}

// podEnd brings up the pod's interfaces and gives it its addresses and the way out.
func podEnd(l Link, ns *netns.Handle) error {
	pod, err := dial(ns)
	if err != nil {
		return err
	}
	defer pod.Close()
	for _, name := range []string{"lo", PodInterface} {
		index, err := pod.index(name)
		if err == nil {
			err = pod.do(setUp(index))
		}
		if err != nil {
			return fmt.Errorf("bringing up %s of the pod: %w", name, err)
		}
	}
	index, err := pod.index(PodInterface)
	if err != nil {
		return fmt.Errorf("finding %s of the pod: %w", PodInterface, err)
	}
	eth0 := &netlink.Dummy{LinkAttrs: netlink.LinkAttrs{Index: index}}
	for _, a := range l.Addresses {
		address := &netlink.Addr{IPNet: single(a)}
		hop := Gateway4
		if a.Is6() {
			hop = Gateway6
			address.Flags = unix.IFA_F_NODAD // there is nobody else on the link
		}
		if err := pod.handle.AddrAdd(eth0, address); err != nil {
			return fmt.Errorf("giving the pod the address %s: %w", a, err)
		}
		if err := pod.neighbour(index, hop, hostMAC); err != nil {
			return fmt.Errorf("entering the pod's gateway %s: %w", hop, err)
		}
		route := &netlink.Route{
			LinkIndex: index, Dst: everything(a), Gw: hop.AsSlice(), Flags: int(netlink.FLAG_ONLINK),
			Protocol: unix.RTPROT_STATIC, Table: unix.RT_TABLE_MAIN,
		}
		if err := pod.handle.RouteReplace(route); err != nil {
			return fmt.Errorf("adding the pod's route through %s: %w", hop, err)
		}
	}
	return nil
}

func everything(a netip.Addr) *net.IPNet {
	return &net.IPNet{IP: make([]byte, a.BitLen()/8), Mask: net.CIDRMask(0, a.BitLen())}
}

func (k *netlinkKernel) Destroy(names []string) error {
	marked := false
	for _, name := range names {
		switch err := k.host.do(joinDoomed(name)); {
		case err == nil:
			marked = true
		case !errors.Is(err, unix.ENODEV):
			return fmt.Errorf("removing the link %s: %w", name, err)
		}
	}
	if !marked {
		return nil
	}
	if err := k.host.do(deleteDoomed()); err != nil && !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("removing %d links: %w", len(names), err)
	}
	return nil
}

func (k *netlinkKernel) List() ([]Found, error) {
	for try := 0; ; try++ {
		found, err := k.list()
		// A list is cut when something changes while it is read. Half a list would make links that are there look lost.
		if !errors.Is(err, netlink.ErrDumpInterrupted) || try == 50 {
			return found, err
		}
	}
}

func (k *netlinkKernel) list() ([]Found, error) {
	links, err := k.host.handle.LinkList()
	if err != nil {
		return nil, fmt.Errorf("listing links: %w", err)
	}
	byIndex := map[int]int{}
	var out []Found
	for _, l := range links {
		at := l.Attrs()
		if l.Type() != "veth" || len(at.Name) != len(Name("")) || at.Name[:len(Prefix)] != Prefix {
			continue
		}
		f := Found{Name: at.Name}
		parseAlias(&f, at.Alias)
		byIndex[at.Index] = len(out)
		out = append(out, f)
	}
	filter := &netlink.Route{Table: unix.RT_TABLE_MAIN, Protocol: gateway.RouteProtocol}
	routes, err := k.host.handle.RouteListFiltered(netlink.FAMILY_ALL, filter, netlink.RT_FILTER_TABLE|netlink.RT_FILTER_PROTOCOL)
	if err != nil {
		return nil, fmt.Errorf("listing routes: %w", err)
	}
	for _, r := range routes {
		i, ok := byIndex[r.LinkIndex]
		if !ok || r.Dst == nil {
			continue
		}
		if a, ok := netip.AddrFromSlice(r.Dst.IP); ok {
			out[i].Routed = append(out[i].Routed, a.Unmap())
		}
	}
	return out, nil
}
