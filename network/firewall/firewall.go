package firewall

import (
	"bytes"
	"fmt"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"

	"argosy.dev/network/netns"
)

// chain is what matters of a base chain that drops by policy.
type chain struct {
	family, table, name string
	forward             bool // else input
	// lets tells that some rule of its table accepts what comes from pods.
	lets bool
}

func judge(chains []chain, podLinks string) []string {
	var out []string
	for _, c := range chains {
		if c.lets {
			continue
		}
		where := fmt.Sprintf("%s %s %s", c.family, c.table, c.name)
		rule := func(match string) string {
			return fmt.Sprintf("nft insert rule %s %s \"%s*\" accept", where, match, podLinks)
		}
		if c.forward {
			out = append(out, fmt.Sprintf("the firewall of this host drops forwarded packets (policy of chain %s): pods reach neither each other nor the world; to let them: %s; %s",
				where, rule("iifname"), rule("oifname")))
		} else {
			out = append(out, fmt.Sprintf("the firewall of this host drops incoming packets (policy of chain %s): pods reach no port of this host that it does not open; to let them: %s",
				where, rule("iifname")))
		}
	}
	return out
}

// Find returns a sentence for each chain of the namespace that drops packets of pods by its policy, and names the command
// that helps. own is the table that is ours, podLinks how the names of pods' links begin.
func Find(ns *netns.Handle, own, podLinks string) ([]string, error) {
	c, err := nftables.New(nftables.WithNetNSFd(ns.Fd()))
	if err != nil {
		return nil, fmt.Errorf("looking for a firewall: %w", err)
	}
	all, err := c.ListChains()
	if err != nil {
		return nil, fmt.Errorf("looking for a firewall: %w", err)
	}
	var found []chain
	for _, ch := range all {
		if ch.Policy == nil || *ch.Policy != nftables.ChainPolicyDrop || ch.Hooknum == nil || ch.Table.Name == own {
			continue
		}
		family, ok := families[ch.Table.Family]
		forward := *ch.Hooknum == *nftables.ChainHookForward
		if !ok || !forward && *ch.Hooknum != *nftables.ChainHookInput {
			continue
		}
		found = append(found, chain{family, ch.Table.Name, ch.Name, forward, lets(c, all, ch.Table, podLinks)})
	}
	return judge(found, podLinks), nil
}

var families = map[nftables.TableFamily]string{
	nftables.TableFamilyINet: "inet", nftables.TableFamilyIPv4: "ip", nftables.TableFamilyIPv6: "ip6",
}

// lets looks through a table for a rule that accepts what comes in by pods' links. Rules that cannot be read count for none.
func lets(c *nftables.Conn, all []*nftables.Chain, table *nftables.Table, podLinks string) bool {
	for _, ch := range all {
		if ch.Table.Name != table.Name || ch.Table.Family != table.Family {
			continue
		}
		rules, err := c.GetRules(ch.Table, ch)
		if err != nil {
			continue
		}
		for _, r := range rules {
			if accepts(r.Exprs, podLinks) {
				return true
			}
		}
	}
	return false
}

func accepts(exprs []expr.Any, podLinks string) bool {
	var byName, named, accepted bool
	for _, e := range exprs {
		switch e := e.(type) {
		case *expr.Meta:
			byName = e.Key == expr.MetaKeyIIFNAME
		case *expr.Cmp:
			named = named || byName && e.Op == expr.CmpOpEq && bytes.HasPrefix([]byte(podLinks), bytes.TrimRight(e.Data, "\x00"))
		case *expr.Verdict:
			accepted = e.Kind == expr.VerdictAccept
		}
	}
	return named && accepted
}
