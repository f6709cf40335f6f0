package attachment

import (
	"encoding/binary"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Attributes and numbers of the kernel that the libraries have no names for; see linux/if_link.h, linux/ip.h and
// linux/if_addr.h.
const (
	inetConf         = unix.IFLA_INET_CONF
	inet6AddrGenMode = 8 // IFLA_INET6_ADDR_GEN_MODE

	confForwarding    = 1
	confSendRedirects = 6
	confRPFilter      = 8
	confRouteLocalnet = 26

	strictReversePath = 1
)

// createVeth asks for a pair: the host end here, the pod end straight in the namespace behind the descriptor. Neither end
// has a random link address, so that nobody (udev does) thinks it should choose one.
func createVeth(l Link, netnsFD int) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	mtu := nl.Uint32Attr(uint32(l.MTU))
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(l.Name())))
	req.AddData(nl.NewRtAttr(unix.IFLA_MTU, mtu))
	req.AddData(nl.NewRtAttr(unix.IFLA_ADDRESS, hostMAC))
	info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	info.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("veth"))
	peer := info.AddRtAttr(nl.IFLA_INFO_DATA, nil).AddRtAttr(nl.VETH_INFO_PEER, nil)
	nl.NewIfInfomsgChild(peer, unix.AF_UNSPEC)
	peer.AddRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(PodInterface))
	peer.AddRtAttr(unix.IFLA_MTU, mtu)
	peer.AddRtAttr(unix.IFLA_ADDRESS, l.podMAC())
	peer.AddRtAttr(unix.IFLA_NET_NS_FD, nl.Uint32Attr(uint32(netnsFD)))
	req.AddData(info)
	return req
}

// raiseHostEnd sets what the host end says of itself and how it treats packets, and brings it up, in one message.
func raiseHostEnd(l Link, alias string, ipv6 bool) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Change, msg.Flags = unix.IFF_UP, unix.IFF_UP
	req.AddData(msg)
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(l.Name())))
	req.AddData(nl.NewRtAttr(unix.IFLA_IFALIAS, []byte(alias)))
	spec := nl.NewRtAttr(unix.IFLA_AF_SPEC, nil)
	conf := spec.AddRtAttr(unix.AF_INET, nil).AddRtAttr(inetConf, nil)
	conf.AddRtAttr(confForwarding, nl.Uint32Attr(1))
	conf.AddRtAttr(confSendRedirects, nl.Uint32Attr(0))
	conf.AddRtAttr(confRPFilter, nl.Uint32Attr(strictReversePath))
	if l.FromLoopback {
		conf.AddRtAttr(confRouteLocalnet, nl.Uint32Attr(1))
	}
	if ipv6 {
		// No link-local address: it would have to be probed for, and nobody talks to it.
		spec.AddRtAttr(unix.AF_INET6, nil).AddRtAttr(inet6AddrGenMode, nl.Uint8Attr(nl.IN6_ADDR_GEN_MODE_NONE))
	}
	req.AddData(spec)
	return req
}

// setUp brings up an interface by its number.
func setUp(index int) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_ACK)
	msg := nl.NewIfInfomsg(unix.AF_UNSPEC)
	msg.Index, msg.Change, msg.Flags = int32(index), unix.IFF_UP, unix.IFF_UP
	req.AddData(msg)
	return req
}

// doomed is the group that links are put into to be deleted by one request: each deletion makes the kernel wait for all
// readers (34 ms), one for many waits once.
const doomed = 0x41524744

func joinDoomed(name string) *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(name)))
	req.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(doomed)))
	return req
}

func deleteDoomed() *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_DELLINK, unix.NLM_F_ACK)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	req.AddData(nl.NewRtAttr(unix.IFLA_GROUP, nl.Uint32Attr(doomed)))
	return req
}

// impossibleVeth asks for a pair with an MTU that no kernel accepts: one that has veth links says so (EINVAL), one that
// has none says that (EOPNOTSUPP). Nothing is made.
func impossibleVeth() *nl.NetlinkRequest {
	req := nl.NewNetlinkRequest(unix.RTM_NEWLINK, unix.NLM_F_CREATE|unix.NLM_F_EXCL|unix.NLM_F_ACK)
	req.AddData(nl.NewIfInfomsg(unix.AF_UNSPEC))
	req.AddData(nl.NewRtAttr(unix.IFLA_IFNAME, nl.ZeroTerminated(Prefix+"-probe")))
	mtu := make([]byte, 4)
	binary.NativeEndian.PutUint32(mtu, 1)
	req.AddData(nl.NewRtAttr(unix.IFLA_MTU, mtu))
	info := nl.NewRtAttr(unix.IFLA_LINKINFO, nil)
	info.AddRtAttr(nl.IFLA_INFO_KIND, nl.NonZeroTerminated("veth"))
	req.AddData(info)
	return req
}
