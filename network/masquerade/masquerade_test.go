package masquerade

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/nft"
)

func TestChains(t *testing.T) {
	prefixes := func(texts ...string) (out []netip.Prefix) {
		for _, s := range texts {
			out = append(out, netip.MustParsePrefix(s))
		}
		return out
	}
	for name, tc := range map[string]struct {
		pods, cluster []netip.Prefix
		want          string
	}{
		"one family": {prefixes("10.244.0.0/24"), prefixes("10.244.0.0/16", "10.96.0.0/12", "fd00::/48"), `
    ip saddr 10.244.0.0/24 ip daddr 10.244.0.0/16 return
    ip saddr 10.244.0.0/24 ip daddr 10.96.0.0/12 return
    ip saddr 10.244.0.0/24 ip daddr 224.0.0.0/4 return
    ip saddr 10.244.0.0/24 masquerade fully-random
`},
		"both families": {prefixes("10.244.0.0/24", "fd00:1::/64"), prefixes("10.244.0.0/16", "fd00::/16"), `
    ip saddr 10.244.0.0/24 ip daddr 10.244.0.0/16 return
    ip saddr 10.244.0.0/24 ip daddr 224.0.0.0/4 return
    ip saddr 10.244.0.0/24 masquerade fully-random
    ip6 saddr fd00:1::/64 ip6 daddr fd00::/16 return
    ip6 saddr fd00:1::/64 ip6 daddr ff00::/8 return
    ip6 saddr fd00:1::/64 masquerade fully-random
`},
	} {
		t.Run(name, func(t *testing.T) {
			table := &nft.Table{Name: "t", Chains: Chains(tc.pods, tc.cluster)}
			want := "table inet t {\n  chain masquerade { type nat hook postrouting priority 100 }" + tc.want + "}\n"
			if diff := cmp.Diff(want, table.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
