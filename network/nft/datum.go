package nft

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"github.com/google/nftables"
	"golang.org/x/sys/unix"
)

// The types of fields.
var (
	IPv4 = Type{"ipv4_addr", formatAddress, nftables.TypeIPAddr}
	IPv6 = Type{"ipv6_addr", formatAddress, nftables.TypeIP6Addr}
	// Transport is a transport protocol's number.
	Transport = Type{"inet_proto", formatTransport, nftables.TypeInetProto}
	// Service is a port.
	Service = Type{"inet_service", func(raw []byte) string {
		return strconv.Itoa(int(binary.BigEndian.Uint16(raw)))
	}, nftables.TypeInetService}
)

var knownTypes = []Type{IPv4, IPv6, Transport, Service}

// Address is a field of type IPv4 or IPv6.
func Address(a netip.Addr) Datum { return Datum(a.AsSlice()) }

// Proto is a field of type Transport.
func Proto(number uint8) Datum { return Datum([]byte{number, 0, 0, 0}) }

// Port is a field of type Service.
func Port(p uint16) Datum { return Datum([]byte{byte(p >> 8), byte(p), 0, 0}) }

// AddressType returns the type of the address's family.
func AddressType(a netip.Addr) Type {
	if a.Is4() {
		return IPv4
	}
	return IPv6
}

func formatAddress(raw []byte) string {
	a, ok := netip.AddrFromSlice(raw)
	if !ok {
		return fmt.Sprintf("%x", raw)
	}
	return a.String()
}

func formatTransport(raw []byte) string {
	switch raw[0] {
	case unix.IPPROTO_TCP:
		return "tcp"
	case unix.IPPROTO_UDP:
		return "udp"
	case unix.IPPROTO_SCTP:
		return "sctp"
	}
	return strconv.Itoa(int(raw[0]))
}
