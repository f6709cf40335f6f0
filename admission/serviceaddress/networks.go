package serviceaddress

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"

	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// network is a range of addresses. Its first and last are never given out.
type network struct {
	prefix       netip.Prefix
	first, count uint32
}

func networkOf(p netip.Prefix) network {
	base := p.Masked().Addr().As4()
	size := uint64(1) << (32 - p.Bits())
	return network{p, binary.BigEndian.Uint32(base[:]) + 1, uint32(max(size, 2) - 2)}
}

// networks are the ranges from which addresses are given out: the cluster's own, and those of ServiceCIDRs that are ready and stay.
func (al *Allocator) networks() []network {
	list := []network{networkOf(al.ranges.Addresses)}
	for _, c := range al.reader.ServiceCIDRs() {
		if c.DeletionTimestamp != nil || !meta.IsStatusConditionPresentAndEqual(c.Status.Conditions, networkingv1.ServiceCIDRConditionReady, metav1.ConditionTrue) {
			continue
		}
		for _, cidr := range c.Spec.CIDRs {
			p, err := netip.ParsePrefix(cidr)
			if err != nil || !p.Addr().Is4() || slices.ContainsFunc(list, func(n network) bool { return n.prefix == p.Masked() }) {
				continue // the cluster has one family of addresses
			}
			list = append(list, networkOf(p.Masked()))
		}
	}
	return list
}

func (n network) at(i uint32) string {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], n.first+i)
	return netip.AddrFrom4(b).String()
}

func (n network) has(addr netip.Addr) bool {
	four := addr.As4()
	at := binary.BigEndian.Uint32(four[:])
	return at >= n.first && at-n.first < n.count
}

func (s *session) requestIP(ip string) error {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return fmt.Errorf("the address %q cannot be read: %w", ip, err)
	}
	why := errOtherNetwork
	for _, n := range s.networks() {
		switch {
		case !n.prefix.Contains(addr):
		case !n.has(addr):
			why = fmt.Errorf("the provided IP (%v) is not in the valid range. The range of valid IPs is %s", ip, n.prefix)
		case !s.claimIP(addr.String()):
			return errIPTaken
		default:
			return nil
		}
	}
	return why
}

func (s *session) anyIP() (string, error) {
	for _, n := range s.networks() {
		var ip string
		if draw(n.count, reserved(n.count, 16, 256, 16), func(i uint32) bool {
			ip = n.at(i)
			return s.claimIP(ip)
		}) {
			return ip, nil
		}
	}
	return "", errFull
}
