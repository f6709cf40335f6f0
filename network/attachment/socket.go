package attachment

import (
	"fmt"
	"net/netip"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// socket speaks to the kernel about one namespace. Its calls may come from any goroutine.
type socket struct {
	handle *netlink.Handle          // for what the library has calls for
	raw    map[int]*nl.SocketHandle // for messages of our own
	lookup int                      // any socket: asks for the numbers of interfaces
}

func dial(ns *netns.Handle) (*socket, error) {
	s := &socket{lookup: -1}
	err := ns.Do(func() error {
		var err error
		if s.lookup, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0); err != nil {
			return err
		}
		if s.handle, err = netlink.NewHandle(unix.NETLINK_ROUTE); err != nil {
			return err
		}
		raw, err := nl.Subscribe(unix.NETLINK_ROUTE)
		if err != nil {
			return err
		}
		s.raw = map[int]*nl.SocketHandle{unix.NETLINK_ROUTE: {Socket: raw}}
		return raw.SetExtAck(true)
	})
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("opening a netlink socket: %w", err)
	}
	return s, nil
}

func (s *socket) Close() {
	if s.lookup >= 0 {
		_ = unix.Close(s.lookup)
	}
	if s.handle != nil {
		s.handle.Close()
	}
	if raw := s.raw[unix.NETLINK_ROUTE]; raw != nil {
		raw.Close()
	}
}

func (s *socket) do(req *nl.NetlinkRequest) error {
	req.Sockets = s.raw
	_, err := req.Execute(unix.NETLINK_ROUTE, 0)
	return err
}

// index returns the number of the interface of this name, or unix.ENODEV.
func (s *socket) index(name string) (int, error) {
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	if err := unix.IoctlIfreq(s.lookup, unix.SIOCGIFINDEX, request); err != nil {
		return 0, err
	}
	return int(request.Uint32()), nil
}

// neighbour enters who has an address on a link, for good.
func (s *socket) neighbour(index int, a netip.Addr, mac []byte) error {
	return s.handle.NeighSet(&netlink.Neigh{
		LinkIndex: index, State: netlink.NUD_PERMANENT, IP: a.AsSlice(), HardwareAddr: mac,
	})
}
