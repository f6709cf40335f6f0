package hostport

import (
	"net/netip"

	"argosy.dev/network/nft"
)

// Priorities of the hooks, in the kernel's terms: before connection tracking, where destinations are changed, and where
// sources are.
const (
	beforeTracking = -300
	destination    = -100
	source         = 100
)

var (
	loopback4 = netip.MustParsePrefix("127.0.0.0/8")
	loopback6 = netip.MustParsePrefix("::1/128")
)

// setName names a set of the address's family.
func setName(what string, like netip.Addr) string {
	if like.Is4() {
		return "hostport_" + what + "4"
	}
	return "hostport_" + what + "6"
}

// Frame returns the sets, empty, and the chains that use them: what does not change when ports come and go. gateways are
// the node's own addresses in its pod ranges, one a family; podLinks is how the names of the host ends of pods begin.
//
// Three maps a family: ports at any address of the node, ports at one address, and pairs of a pod with itself. A packet to
// the node from outside meets them in prerouting, one from the node itself in output. What comes from loopback, or from
// the pod that it goes to, gets the node's address as its source, for otherwise the answer would not come back this way.
//
// To let an answer come back to 127.0.0.1, the host ends of such pods let loopback addresses be routed; the guard sees to
// it that no pod reaches the loopback of the node by that. IPv6 has no such switch: ::1 is never translated, so that a
// client which tries it first is refused at once and goes on to 127.0.0.1.
func Frame(gateways []netip.Addr, podLinks string) ([]nft.Set, []nft.Chain) {
	var sets []nft.Set
	var in, local, out, guard []nft.Rule
	for _, gw := range gateways {
		address := nft.AddressType(gw)
		to := []nft.Type{address, nft.Service}
		sets = append(sets,
			nft.Set{Name: setName("any", gw), Key: []nft.Type{nft.Transport, nft.Service}, Value: to},
			nft.Set{Name: setName("bound", gw), Key: []nft.Type{address, nft.Transport, nft.Service}, Value: to},
			nft.Set{Name: setName("self", gw), Key: []nft.Type{address, address}},
		)
		translate := []nft.Rule{
			nft.NewRule("host ports at one address", nft.DestinationNAT(setName("bound", gw), gw, true)),
			nft.NewRule("host ports at any address", nft.ToThisHost(), nft.DestinationNAT(setName("any", gw), gw, false)),
		}
		in = append(in, translate...)
		if gw.Is4() {
			out = append(out, nft.NewRule("from loopback to a host port", nft.From(loopback4), nft.OutputName(podLinks), nft.SourceNAT(gw)))
			guard = append(guard, nft.NewRule("no pod reaches the loopback of the node", nft.InputName(podLinks), nft.To(loopback4), nft.Drop()))
		} else {
			local = append(local, nft.NewRule("no way back to IPv6 loopback", nft.To(loopback6), nft.Return()))
		}
		local = append(local, translate...)
		out = append(out, nft.NewRule("a pod to its own host port", nft.PairIn(setName("self", gw), gw), nft.SourceNAT(gw)))
	}
	for i := range sets {
		sets[i].Elements = map[nft.Datum]nft.Datum{}
	}
	return sets, []nft.Chain{
		{Name: "hostport_guard", Hook: &nft.Hook{Type: "filter", Point: nft.Prerouting, Priority: beforeTracking}, Rules: guard},
		{Name: "hostport_in", Hook: &nft.Hook{Type: "nat", Point: nft.Prerouting, Priority: destination}, Rules: in},
		{Name: "hostport_local", Hook: &nft.Hook{Type: "nat", Point: nft.Output, Priority: destination}, Rules: local},
		{Name: "hostport_out", Hook: &nft.Hook{Type: "nat", Point: nft.Postrouting, Priority: source}, Rules: out},
	}
}
