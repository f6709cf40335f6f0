package masquerade

import (
	"net/netip"

	"argosy.dev/network/nft"
)

// Chains returns the chain for pods of these ranges of the node. Connections that stay within the cluster ranges keep
// their source, as does multicast, which is not routed by addresses of hosts.
func Chains(pods, cluster []netip.Prefix) []nft.Chain {
	chain := nft.Chain{Name: "masquerade", Hook: &nft.Hook{Type: "nat", Point: nft.Postrouting, Priority: 100}}
	for _, v4 := range []bool{true, false} {
		multicast := netip.MustParsePrefix("224.0.0.0/4")
		if !v4 {
			multicast = netip.MustParsePrefix("ff00::/8")
		}
		for _, p := range pods {
			if p.Addr().Is4() != v4 {
				continue
			}
			for _, c := range cluster {
				if c.Addr().Is4() == v4 {
					chain.Rules = append(chain.Rules, nft.NewRule("within the cluster", nft.From(p), nft.To(c), nft.Return()))
				}
			}
			chain.Rules = append(chain.Rules,
				nft.NewRule("multicast", nft.From(p), nft.To(multicast), nft.Return()),
				nft.NewRule("pods to the world", nft.From(p), nft.Masquerade()))
		}
	}
	return []nft.Chain{chain}
}
