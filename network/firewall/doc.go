// Package firewall finds out whether a firewall of the host drops what pods need.
//
// In nftables a packet passes every table: a chain of another table whose policy is drop drops it, whatever ours says. So
// this room can only tell, with the command that helps: [Find] reads the host's chains and [judge] is pure. A firewall that
// drops by a rule rather than by its policy is not recognised, nor is one of the old iptables interface.
//
// In flow the host's rules, out flow sentences. It changes nothing.
package firewall
