package gateway

import (
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/netns"
)

func ranges(prefixes ...string) (out []Range) {
	for _, s := range prefixes {
		p := netip.MustParsePrefix(s)
		out = append(out, Range{p, p.Addr().Next()})
	}
	return out
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestReconcile(t *testing.T) {
	var fake Fake
	must(t, Reconcile(&fake, nil, ranges("10.244.0.0/24", "fd00::/64")))
	must(t, Reconcile(&fake, fake.Ranges, ranges("10.245.0.0/24", "fd00::/64")))
	want := `address fd00::1 dev lo
route unreachable fd00::/64
address 10.245.0.1 dev lo
route unreachable 10.245.0.0/24
`
	if diff := cmp.Diff(want, fake.String()); diff != "" {
		t.Error(diff)
	}
}

// ip runs the ip tool inside the namespace.
func ip(t *testing.T, ns *netns.Handle, args ...string) string {
	t.Helper()
	var out []byte
	err := ns.Do(func() (err error) {
		out, err = exec.Command("ip", args...).CombinedOutput()
		return err
	})
	if err != nil {
		t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestKernel(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("the ip tool is not installed")
	}
	ns, err := netns.New()
	must(t, err)
	defer ns.Close()
	k, err := Open(ns)
	must(t, err)
	for _, v4 := range []bool{true, false} {
		if name, err := k.Uplink(v4); name != "" || err != nil {
			t.Errorf("an uplink where there is none: %q, %v", name, err)
		}
	}
	if mtu, err := k.UplinkMTU(); mtu != 0 || err != nil {
		t.Errorf("the MTU of no uplink: %d, %v", mtu, err)
	}
	ip(t, ns, "link", "set", "lo", "up")
	before := ip(t, ns, "addr") + ip(t, ns, "route", "show", "table", "all") + ip(t, ns, "-6", "route", "show", "table", "all")

	all := ranges("10.244.0.0/24", "fd00:7::/64")
	must(t, Reconcile(k, nil, all))
	must(t, Reconcile(k, all, all)) // again
	for _, want := range []string{"inet 10.244.0.1/32 scope global lo", "inet6 fd00:7::1/128 scope global nodad"} {
		if got := ip(t, ns, "addr"); !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := ip(t, ns, "route"); !strings.Contains(got, "unreachable 10.244.0.0/24 proto 97 metric") {
		t.Errorf("routes:\n%s", got)
	}
	if got := ip(t, ns, "-6", "route"); !strings.Contains(got, "unreachable fd00:7::/64 dev lo proto 97 metric") {
		t.Errorf("routes:\n%s", got)
	}
	for _, r := range all {
		if got, err := k.Overlaps(r); len(got) != 0 || err != nil {
			t.Errorf("own routes count as others': %v, %v", got, err)
		}
	}

	ip(t, ns, "link", "add", "up0", "mtu", "1380", "type", "veth", "peer", "name", "up1")
	ip(t, ns, "link", "set", "up0", "up")
	ip(t, ns, "link", "set", "up1", "up")
	ip(t, ns, "addr", "add", "10.244.3.9/16", "dev", "up0")
	ip(t, ns, "route", "add", "default", "via", "10.244.3.1")
	if name, err := k.Uplink(true); name != "up0" || err != nil {
		t.Errorf("the uplink: %q, %v", name, err)
	}
	if mtu, err := k.UplinkMTU(); mtu != 1380 || err != nil {
		t.Errorf("its MTU: %d, %v", mtu, err)
	}
	if got, err := k.Overlaps(all[0]); err != nil || !slices.Equal(got, []string{"10.244.0.0/16 dev up0"}) {
		t.Errorf("overlaps: %q, %v", got, err)
	}
	ip(t, ns, "link", "del", "up0")

	must(t, Reconcile(k, all, nil))
	must(t, Reconcile(k, all, nil)) // again
	after := ip(t, ns, "addr") + ip(t, ns, "route", "show", "table", "all") + ip(t, ns, "-6", "route", "show", "table", "all")
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}
