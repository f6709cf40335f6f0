package nft

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Registers are four bytes each in this numbering, four of them to one of the classic ones. 1 is the first classic one,
// which begins where number 8 does; a second field of a concatenation follows in the next free slot of four bytes.
const firstRegister = 1

func nextRegister(bytes int) uint32 { return uint32(8 + bytes/4) }

// family is what tells IPv4 from IPv6 in a table that carries both.
type family struct {
	name           string // ip, ip6
	number         byte   // as meta nfproto gives it
	source, target uint32 // offsets in the network header
	size           uint32
}

func familyOf(a netip.Addr) family {
	if a.Is4() {
		return family{"ip", unix.NFPROTO_IPV4, 12, 16, 4}
	}
	return family{"ip6", unix.NFPROTO_IPV6, 8, 24, 16}
}

func (f family) match() []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: firstRegister},
		&expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: []byte{f.number}},
	}
}

func (f family) load(offset, register uint32) expr.Any {
	return &expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: f.size}
}

// From matches packets whose source is in the prefix, Not(From) those of the family whose source is not.
func From(p netip.Prefix) Statement { return matchPrefix(p, "saddr", familyOf(p.Addr()).source) }

// To matches packets whose destination is in the prefix.
func To(p netip.Prefix) Statement { return matchPrefix(p, "daddr", familyOf(p.Addr()).target) }

func matchPrefix(p netip.Prefix, field string, offset uint32) Statement {
	p = p.Masked()
	f := familyOf(p.Addr())
	text := fmt.Sprintf("%s %s %s", f.name, field, p)
	exprs := append(f.match(), f.load(offset, firstRegister))
	if p.IsSingleIP() {
		text = fmt.Sprintf("%s %s %s", f.name, field, p.Addr())
	} else {
		mask := make([]byte, f.size)
		for i := range p.Bits() {
			mask[i/8] |= 0x80 >> (i % 8)
		}
		exprs = append(exprs, &expr.Bitwise{
			SourceRegister: firstRegister, DestRegister: firstRegister, Len: f.size, Mask: mask, Xor: make([]byte, f.size),
		})
	}
	return Statement{text, append(exprs, &expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: p.Addr().AsSlice()})}
}

// Not turns the last comparison of a match round.
func Not(s Statement) Statement {
	exprs := append([]expr.Any(nil), s.expr...)
	last := *exprs[len(exprs)-1].(*expr.Cmp)
	last.Op = expr.CmpOpNeq
	exprs[len(exprs)-1] = &last
	return Statement{"not (" + s.text + ")", exprs}
}

// InputName matches packets that came in by an interface whose name begins with the prefix.
func InputName(prefix string) Statement { return matchName("iifname", expr.MetaKeyIIFNAME, prefix) }

// OutputName matches packets that leave by an interface whose name begins with the prefix.
func OutputName(prefix string) Statement { return matchName("oifname", expr.MetaKeyOIFNAME, prefix) }

func matchName(field string, key expr.MetaKey, prefix string) Statement {
	return Statement{fmt.Sprintf("%s %q", field, prefix+"*"), []expr.Any{
		&expr.Meta{Key: key, Register: firstRegister},
		&expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: []byte(prefix)},
	}}
}

// ToThisHost matches packets to an address of the node.
func ToThisHost() Statement {
	local := make([]byte, 4)
	binary.NativeEndian.PutUint32(local, unix.RTN_LOCAL)
	return Statement{"fib daddr type local", []expr.Any{
		&expr.Fib{Register: firstRegister, FlagDADDR: true, ResultADDRTYPE: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: firstRegister, Data: local},
	}}
}

// DestinationNAT sends the connection to the address and port that the map has for its protocol and port, or, if
// withAddress, for its destination, protocol and port. It matches only what is in the map. like is any address of the family.
func DestinationNAT(mapName string, like netip.Addr, withAddress bool) Statement {
	f := familyOf(like)
	text, used := "meta l4proto . th dport", 0
	exprs := f.match()
	if withAddress {
		text = f.name + " daddr . " + text
		exprs = append(exprs, f.load(f.target, firstRegister))
		used = int(f.size)
	}
	protocol, port := nextRegister(used), nextRegister(used+4)
	exprs = append(exprs,
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: protocol},
		&expr.Payload{DestRegister: port, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Lookup{SourceRegister: firstRegister, DestRegister: firstRegister, IsDestRegSet: true, SetName: mapName},
		&expr.NAT{
			Type: expr.NATTypeDestNAT, Family: uint32(f.number),
			RegAddrMin: firstRegister, RegProtoMin: nextRegister(int(f.size)),
		})
	return Statement{fmt.Sprintf("dnat %s to %s map @%s", f.name, text, mapName), exprs}
}

// PairIn matches packets whose source and destination together are in the set.
func PairIn(setName string, like netip.Addr) Statement {
	f := familyOf(like)
	return Statement{fmt.Sprintf("%s saddr . %s daddr @%s", f.name, f.name, setName), append(f.match(),
		f.load(f.source, firstRegister),
		f.load(f.target, nextRegister(int(f.size))),
		&expr.Lookup{SourceRegister: firstRegister, SetName: setName},
	)}
}

// SourceNAT gives the connection this source address.
func SourceNAT(to netip.Addr) Statement {
	f := familyOf(to)
	return Statement{fmt.Sprintf("snat %s to %s", f.name, to), []expr.Any{
		&expr.Immediate{Register: firstRegister, Data: to.AsSlice()},
		&expr.NAT{Type: expr.NATTypeSourceNAT, Family: uint32(f.number), RegAddrMin: firstRegister},
	}}
}

// Masquerade gives the connection the address of the interface by which it leaves, and a random port.
func Masquerade() Statement {
	return Statement{"masquerade fully-random", []expr.Any{&expr.Masq{FullyRandom: true}}}
}

// Return ends the chain for this packet; the hook goes on.
func Return() Statement {
	return Statement{"return", []expr.Any{&expr.Verdict{Kind: expr.VerdictReturn}}}
}

// Drop drops the packet.
func Drop() Statement { return Statement{"drop", []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}} }
