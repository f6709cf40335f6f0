package hostport

import (
	"fmt"
	"net/netip"
	"strconv"

	"golang.org/x/sys/unix"
)

// Protocol is a transport as the API spells it.
type Protocol string

// The transports that a host port can have.
const (
	TCP  Protocol = "TCP"
	UDP  Protocol = "UDP"
	SCTP Protocol = "SCTP"
)

// number is the IP protocol number; 0 for an unknown protocol.
func (p Protocol) number() uint8 {
	switch p {
	case TCP, "":
		return unix.IPPROTO_TCP
	case UDP:
		return unix.IPPROTO_UDP
	case SCTP:
		return unix.IPPROTO_SCTP
	}
	return 0
}

// Port asks that HostPort of the node leads to ContainerPort of a pod.
type Port struct {
	// HostIP is the one address of the node that listens; the zero Addr means all. 0.0.0.0 means all of IPv4, :: all of IPv6.
	HostIP        netip.Addr `json:"hostIP,omitzero"`
	HostPort      uint16     `json:"hostPort"`
	ContainerPort uint16     `json:"containerPort"`
	// Protocol defaults to TCP.
	Protocol Protocol `json:"protocol,omitempty"`
}

// Parse makes a Port of the loose values of the CRI; an empty protocol is TCP, an empty host IP means all addresses. What
// is out of range is refused with an error that names the port.
func Parse(protocol, hostIP string, hostPort, containerPort int32) (Port, error) {
	p := Port{HostPort: uint16(hostPort), ContainerPort: uint16(containerPort), Protocol: Protocol(protocol)}
	if hostIP != "" {
		var err error
		if p.HostIP, err = netip.ParseAddr(hostIP); err != nil {
			return Port{}, fmt.Errorf("host port %d/%s: %q is no IP address", hostPort, protocol, hostIP)
		}
	}
	if int32(p.HostPort) != hostPort || int32(p.ContainerPort) != containerPort {
		return Port{}, fmt.Errorf("host port %d/%s to container port %d: ports are 1 to 65535", hostPort, protocol, containerPort)
	}
	return p, p.check()
}

// Owner is whose port it is: the sandbox, and the pod's name for messages.
type Owner struct{ Sandbox, Pod string }

// String writes the host's side as messages name it: 0.0.0.0:80/TCP.
func (p Port) String() string {
	host := "*"
	if p.HostIP.IsValid() {
		host = p.HostIP.String()
		if p.HostIP.Is6() {
			host = "[" + host + "]"
		}
	}
	protocol := p.Protocol
	if protocol == "" {
		protocol = TCP
	}
	return host + ":" + strconv.Itoa(int(p.HostPort)) + "/" + string(protocol)
}

func (p Port) check() error {
	switch {
	case p.HostPort == 0 || p.ContainerPort == 0:
		return fmt.Errorf("host port %s to container port %d: ports are 1 to 65535", p, p.ContainerPort)
	case p.Protocol.number() == 0:
		return fmt.Errorf("host port %s: the protocol must be TCP, UDP or SCTP", p)
	case p.HostIP.Is4In6() || p.HostIP.Zone() != "":
		return fmt.Errorf("host port %s: not a plain IPv4 or IPv6 address", p)
	case p.HostIP == loopback6.Addr():
		return fmt.Errorf("host port %s: Linux routes nothing between IPv6 loopback and a pod, use 127.0.0.1", p)
	}
	return nil
}

// overlaps tells whether one packet could mean both.
func (p Port) overlaps(q Port) bool {
	if p.HostPort != q.HostPort || p.Protocol.number() != q.Protocol.number() {
		return false
	}
	if !p.HostIP.IsValid() || !q.HostIP.IsValid() || p.HostIP == q.HostIP {
		return true
	}
	return p.HostIP.Is4() == q.HostIP.Is4() && (p.HostIP.IsUnspecified() || q.HostIP.IsUnspecified())
}

// ConflictError says that a host port is another pod's.
type ConflictError struct {
	Port   Port
	Holder Owner
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("host port %s is taken by pod %s", e.Port, e.Holder.Pod)
}
