package address

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
)

// maxSize bounds how much of a range is used, so that a /64 costs no more to keep than a /16.
const maxSize = 1 << 16

// ErrFull is wrapped by every answer of a pool that has no free address.
var ErrFull = errors.New("no free address")

// Pool is the state of one range: what is in use, and in which order what is free was given back.
type Pool struct {
	prefix   netip.Prefix
	gateway  netip.Addr
	size     uint32              // usable addresses, the gateway included
	inUse    map[uint32]struct{} // offsets from the prefix's first address
	fresh    uint32              // no offset below was never used
	released []uint32            // oldest first; entries below head are spent
	head     int
	waiting  map[uint32]struct{} // what is in released[head:]
}

// NewPool returns a pool over the prefix with everything free. The first address (and, in IPv4, the last) of the prefix is
// never handed out, for software that takes it for a network or a broadcast; the second is the node's own: see Gateway.
func NewPool(prefix netip.Prefix) (*Pool, error) {
	if !prefix.IsValid() || prefix.Addr().Zone() != "" || prefix.Addr().Is4In6() {
		return nil, fmt.Errorf("pod range %s: not an IPv4 or IPv6 prefix", prefix)
	}
	if prefix != prefix.Masked() {
		return nil, fmt.Errorf("pod range %s: has bits set behind its length, did you mean %s?", prefix, prefix.Masked())
	}
	if a := prefix.Addr(); a.IsLoopback() || a.IsMulticast() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return nil, fmt.Errorf("pod range %s: not a range for hosts", prefix)
	}
	bits := prefix.Addr().BitLen() - prefix.Bits()
	if bits < 2 {
		return nil, fmt.Errorf("pod range %s: too small, it needs room for the node and a pod", prefix)
	}
	p := &Pool{prefix: prefix, size: maxSize, inUse: map[uint32]struct{}{}, waiting: map[uint32]struct{}{}, fresh: 2}
	if bits < 17 {
		p.size = 1 << bits
		if prefix.Addr().Is4() {
			p.size-- // the broadcast address
		}
	}
	p.gateway = p.addr(1)
	return p, nil
}

// Prefix returns the range.
func (p *Pool) Prefix() netip.Prefix { return p.prefix }

// Gateway returns the node's own address in the range.
func (p *Pool) Gateway() netip.Addr { return p.gateway }

// Capacity returns how many addresses pods can have at once.
func (p *Pool) Capacity() int { return int(p.size) - 2 }

// InUse returns how many pods have one.
func (p *Pool) InUse() int { return len(p.inUse) }

// Next takes an address: one that was never used while there is one, else the one that was given back longest ago.
func (p *Pool) Next() (netip.Addr, error) {
	for ; p.fresh < p.size; p.fresh++ {
		if _, used := p.inUse[p.fresh]; used {
			continue
		}
		if _, used := p.waiting[p.fresh]; used {
			continue
		}
		p.inUse[p.fresh] = struct{}{}
		p.fresh++
		return p.addr(p.fresh - 1), nil
	}
	if p.head == len(p.released) {
		return netip.Addr{}, fmt.Errorf("pod range %s: %w, all %d are in use", p.prefix, ErrFull, p.Capacity())
	}
	offset := p.released[p.head]
	p.head++
	if p.head > 64 && p.head > len(p.released)/2 {
		p.released, p.head = slices.Clone(p.released[p.head:]), 0
	}
	delete(p.waiting, offset)
	p.inUse[offset] = struct{}{}
	return p.addr(offset), nil
}

// Take takes the given address, as a former process did. It refuses what is not in the range or already taken.
func (p *Pool) Take(a netip.Addr) error {
	offset, ok := p.offset(a)
	if !ok {
		return fmt.Errorf("pod range %s: %s is not an address for pods of this range", p.prefix, a)
	}
	if _, used := p.inUse[offset]; used {
		return fmt.Errorf("pod range %s: %s is taken twice", p.prefix, a)
	}
	if _, ok := p.waiting[offset]; ok {
		delete(p.waiting, offset)
		i := slices.Index(p.released[p.head:], offset)
		p.released = slices.Delete(p.released, p.head+i, p.head+i+1)
	}
	p.inUse[offset] = struct{}{}
	return nil
}

// Release gives an address back, to be handed out again after all others. An address that is not in use is left alone.
func (p *Pool) Release(a netip.Addr) {
	offset, ok := p.offset(a)
	if !ok {
		return
	}
	if _, used := p.inUse[offset]; !used {
		return
	}
	delete(p.inUse, offset)
	p.waiting[offset] = struct{}{}
	p.released = append(p.released, offset)
}

// Released returns the addresses that were given back and not used since, oldest first.
func (p *Pool) Released() []netip.Addr {
	out := make([]netip.Addr, 0, len(p.released)-p.head)
	for _, offset := range p.released[p.head:] {
		out = append(out, p.addr(offset))
	}
	return out
}

func (p *Pool) addr(offset uint32) netip.Addr {
	raw := p.prefix.Addr().AsSlice()
	for i := len(raw) - 1; offset > 0; i-- {
		raw[i] |= byte(offset)
		offset >>= 8
	}
	a, _ := netip.AddrFromSlice(raw)
	return a
}

// offset is the inverse of addr, for what a pod may have.
func (p *Pool) offset(a netip.Addr) (uint32, bool) {
	if !p.prefix.Contains(a) {
		return 0, false
	}
	base, raw := p.prefix.Addr().AsSlice(), a.AsSlice()
	var offset uint64
	for i := range raw {
		offset = offset<<8 | uint64(raw[i]^base[i])
		if offset >= uint64(p.size) {
			return 0, false
		}
	}
	return uint32(offset), offset >= 2
}
