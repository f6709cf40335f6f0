package firewall

import (
	"strings"
	"testing"

	"argosy.dev/network/netns"
	"argosy.dev/network/nettest"
)

func find(t *testing.T, ns *netns.Handle) []string {
	t.Helper()
	got, err := Find(ns, "argosy", "arg")
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestFind(t *testing.T) {
	ns := nettest.Namespace(t)
	if got := find(t, ns); len(got) != 0 {
		t.Errorf("an empty host: %q", got)
	}
	nft := func(command string) { t.Helper(); nettest.Run(t, ns, "nft", strings.Fields(command)...) }
	nft("add table inet argosy")
	nft("add chain inet argosy own { type filter hook forward priority 0 ; policy drop ; }")
	nft("add table ip open")
	nft("add chain ip open f { type filter hook forward priority 0 ; policy accept ; }")
	nft("add chain ip open o { type filter hook output priority 0 ; policy drop ; }")
	if got := find(t, ns); len(got) != 0 {
		t.Errorf("what harms no pod is reported: %q", got)
	}
	nft("add table ip filter")
	nft("add chain ip filter FORWARD { type filter hook forward priority 0 ; policy drop ; }")
	nft("add rule ip filter FORWARD iifname other* accept")
	nft("add rule ip filter FORWARD iifname arg* drop")
	nft("add table inet shield")
	nft("add chain inet shield in { type filter hook input priority 0 ; policy drop ; }")
	got := strings.Join(find(t, ns), "\n")
	for _, want := range []string{
		"drops forwarded packets (policy of chain ip filter FORWARD)",
		`nft insert rule ip filter FORWARD iifname "arg*" accept; nft insert rule ip filter FORWARD oifname "arg*" accept`,
		"drops incoming packets (policy of chain inet shield in)",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if n := len(find(t, ns)); n != 2 {
		t.Errorf("%d findings: %s", n, got)
	}
	nft("insert rule ip filter FORWARD iifname arg* accept") // as the message says
	nft("add chain inet shield user")
	nft("add rule inet shield user iifname arg* counter accept")
	if got := find(t, ns); len(got) != 0 {
		t.Errorf("a firewall that lets pods through is reported: %q", got)
	}
}
