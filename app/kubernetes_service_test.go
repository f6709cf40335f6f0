package app

import (
	"net/netip"
	"testing"
)

func TestAdvertised(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1":        "",
		"::1":              "",
		"192.0.2.7":        "192.0.2.7",
		"::ffff:192.0.2.7": "192.0.2.7",
		"2001:db8::1":      "",
	} {
		got, err := advertised(netip.MustParseAddr(listen))
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", listen, got, err, want)
		}
	}
	// Every address: that of this machine, if it has one, and never one that pods cannot reach.
	got, err := advertised(netip.IPv4Unspecified())
	if err != nil {
		t.Fatal(err)
	}
	if got != "" && netip.MustParseAddr(got).IsLoopback() {
		t.Errorf("every address: %q", got)
	}
}
