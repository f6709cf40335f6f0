package attachment

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/gateway"
	"argosy.dev/network/netns"
	"argosy.dev/network/nettest"
)

func addresses(texts ...string) (out []netip.Addr) {
	for _, s := range texts {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for i := range 5000 {
		n := Name(fmt.Sprint(i))
		if len(n) != 15 || !strings.HasPrefix(n, Prefix) || seen[n] || n != Name(fmt.Sprint(i)) {
			t.Fatalf("sandbox %d: %q", i, n)
		}
		seen[n] = true
	}
	l := Link{Sandbox: "s1", Pod: "default/" + strings.Repeat("x", 300)}
	var f Found
	if parseAlias(&f, l.alias("argosy")); f.Owner != "argosy" || f.Sandbox != "s1" || len(l.alias("argosy")) != 255 {
		t.Errorf("got %+v of %q", f, l.alias("argosy"))
	}
}

func TestCompare(t *testing.T) {
	a := Link{Sandbox: "a", Addresses: addresses("10.244.0.2", "fd00::2")}
	b := Link{Sandbox: "b", Addresses: addresses("10.244.0.3")}
	c := Link{Sandbox: "c", Addresses: addresses("10.244.0.4")}
	found := []Found{
		{Name: a.Name(), Owner: "argosy", Routed: a.Addresses[:1]},
		{Name: c.Name(), Routed: c.Addresses}, // cut short before it said whose it is, but wanted
		{Name: Name("gone"), Owner: "argosy"},
		{Name: Name("cut short"), Owner: ""},
		{Name: Name("somebody's"), Owner: ""},
		{Name: Name("another's"), Owner: "other"},
	}
	got := Compare("argosy", found, []Link{a, b, c}, func(n string) bool { return n == Name("cut short") || n == Name("another's") })
	want := Difference{Destroy: []string{Name("gone"), Name("cut short")}, Route: []Link{a}, Lost: []Link{b}}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(x, y netip.Addr) bool { return x == y })); diff != "" {
		t.Error(diff)
	}
}

var ranges = []gateway.Range{
	{Prefix: netip.MustParsePrefix("10.244.0.0/24"), Address: netip.MustParseAddr("10.244.0.1")},
	{Prefix: netip.MustParsePrefix("fd00:7::/64"), Address: netip.MustParseAddr("fd00:7::1")},
}

// node makes a namespace that routes for pods.
func node(t testing.TB) (*netns.Handle, Kernel) {
	t.Helper()
	ns := nettest.Namespace(t)
	must(t, ns.Do(func() error {
		return errors.Join(
			os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0),
			os.WriteFile("/proc/sys/net/ipv6/conf/all/forwarding", []byte("1"), 0))
	}))
	g, err := gateway.Open(ns)
	must(t, err)
	t.Cleanup(g.Close)
	must(t, gateway.Reconcile(g, nil, ranges))
	k, err := Open(ns, "argosy", []netip.Addr{ranges[0].Address, ranges[1].Address})
	must(t, err)
	t.Cleanup(k.Close)
	must(t, k.Probe())
	return ns, k
}

func TestPodsReachEachOtherAndTheNode(t *testing.T) {
	host, k := node(t)
	a := Link{Sandbox: "a", Pod: "default/a", MTU: 1400, Addresses: addresses("10.244.0.2", "fd00:7::2")}
	b := Link{Sandbox: "b", Pod: "default/b", MTU: 1400, Addresses: addresses("10.244.0.3", "fd00:7::3")}
	podA, podB := nettest.Bare(t), nettest.Bare(t)
	must(t, k.Create(t.Context(), a, podA.Path()))
	must(t, k.Create(t.Context(), b, podB.Path()))
	for _, network := range []string{"tcp", "udp"} {
		nettest.Serve(t, podB, network, ":80", "b")
		nettest.Serve(t, host, network, ":81", "node")
		nettest.Ask(t, podA, network, "10.244.0.3:80", "b sees 10.244.0.2")
		nettest.Ask(t, podA, network, "[fd00:7::3]:80", "b sees fd00:7::2")
		nettest.Ask(t, host, network, "10.244.0.3:80", "b sees 10.244.0.1")
		nettest.Ask(t, host, network, "[fd00:7::3]:80", "b sees fd00:7::1")
		nettest.Ask(t, podA, network, "10.244.0.1:81", "node sees 10.244.0.2")
		nettest.Ask(t, podA, network, "[fd00:7::1]:81", "node sees fd00:7::2")
		nettest.Ask(t, podB, network, "127.0.0.1:80", "b sees 127.0.0.1")
	}
	found, err := k.List()
	must(t, err)
	var got []string
	for _, f := range found {
		slices.SortFunc(f.Routed, netip.Addr.Compare)
		got = append(got, fmt.Sprintf("%v %s %s %v", f.Name == Name(f.Sandbox), f.Owner, f.Sandbox, f.Routed))
	}
	slices.Sort(got)
	if want := []string{"true argosy a [10.244.0.2 fd00:7::2]", "true argosy b [10.244.0.3 fd00:7::3]"}; !slices.Equal(got, want) {
		t.Errorf("links: %q", got)
	}
	if got := nettest.Run(t, host, "ip", "link", "show", a.Name()); !strings.Contains(got, "alias argosy a default/a") || !strings.Contains(got, "mtu 1400") {
		t.Errorf("the link:\n%s", got)
	}

	must(t, k.Withdraw(b))
	must(t, k.Withdraw(b))
	nettest.Refused(t, podA, "tcp", "10.244.0.3:80")
	nettest.Refused(t, host, "tcp", "[fd00:7::3]:80")
	must(t, k.Route(b))
	must(t, k.Route(b))
	nettest.Ask(t, podA, "tcp", "10.244.0.3:80", "b sees 10.244.0.2")

	must(t, podB.Close())
	must(t, k.Destroy([]string{a.Name(), Name("never was")}))
	must(t, k.Destroy([]string{a.Name()}))
	if k.Present(a.Name()) {
		t.Error("the destroyed link is there")
	}
	must(t, k.Withdraw(a))
}

// TestAPodCannotBorrowAnAddress sends from an address that is not the pod's.
func TestAPodCannotBorrowAnAddress(t *testing.T) {
	host, k := node(t)
	a := Link{Sandbox: "a", Pod: "default/a", MTU: 1400, Addresses: addresses("10.244.0.2")}
	b := Link{Sandbox: "b", Pod: "default/b", MTU: 1400, Addresses: addresses("10.244.0.3")}
	podA, podB := nettest.Bare(t), nettest.Bare(t)
	must(t, k.Create(t.Context(), a, podA.Path()))
	must(t, k.Create(t.Context(), b, podB.Path()))
	nettest.Run(t, podA, "ip", "addr", "add", "10.244.0.3/32", "dev", PodInterface)
	var node net.PacketConn
	must(t, host.Do(func() (err error) { node, err = net.ListenPacket("udp", "10.244.0.1:81"); return err }))
	defer node.Close()
	for _, source := range []string{"10.244.0.3:900", "10.244.0.2:900"} { // the second shows that the first had its time
		var c net.Conn
		must(t, podA.Do(func() (err error) {
			from := net.UDPAddrFromAddrPort(netip.MustParseAddrPort(source))
			c, err = (&net.Dialer{LocalAddr: from}).Dial("udp", "10.244.0.1:81")
			return err
		}))
		_, err := c.Write([]byte("hello"))
		must(t, errors.Join(err, c.Close()))
	}
	must(t, node.SetReadDeadline(time.Now().Add(3*time.Second)))
	_, from, err := node.ReadFrom(make([]byte, 10))
	must(t, err)
	if from.String() != "10.244.0.2:900" {
		t.Errorf("the node took a packet from %s", from)
	}
}

func TestALinkGoesWithItsNamespace(t *testing.T) {
	_, k := node(t)
	a := Link{Sandbox: "a", Pod: "default/a", MTU: 1500, Addresses: addresses("10.244.0.2")}
	pod, err := netns.New()
	must(t, err)
	must(t, k.Create(t.Context(), a, pod.Path()))
	must(t, pod.Close())
	nettest.Eventually(t, "the link is gone", func() bool { return !k.Present(a.Name()) })
	found, err := k.List()
	must(t, err)
	if len(found) != 0 {
		t.Errorf("left: %v", found)
	}
}

func TestALinkThatWasCutShortIsReplaced(t *testing.T) {
	host, k := node(t)
	a := Link{Sandbox: "a", Pod: "default/a", MTU: 1500, Addresses: addresses("10.244.0.2")}
	first, second := nettest.Bare(t), nettest.Bare(t)
	must(t, k.Create(t.Context(), a, first.Path()))
	must(t, k.Create(t.Context(), a, second.Path()))
	nettest.Serve(t, second, "tcp", ":80", "second")
	nettest.Ask(t, host, "tcp", "10.244.0.2:80", "second sees 10.244.0.1")
}

func TestAFailedAttemptLeavesNothing(t *testing.T) {
	host, k := node(t)
	before := nettest.Snapshot(t, host)
	pod := nettest.Bare(t)
	for name, try := range map[string]func() error{
		"no such namespace": func() error {
			return k.Create(t.Context(), Link{Sandbox: "a", MTU: 1500, Addresses: addresses("10.244.0.2")}, "/nonexistent")
		},
		"not a namespace": func() error {
			return k.Create(t.Context(), Link{Sandbox: "a", MTU: 1500, Addresses: addresses("10.244.0.2")}, "/dev/null")
		},
		"an impossible MTU": func() error {
			return k.Create(t.Context(), Link{Sandbox: "a", MTU: 1, Addresses: addresses("10.244.0.2")}, pod.Path())
		},
		"an address twice": func() error {
			return k.Create(t.Context(), Link{Sandbox: "a", MTU: 1500, Addresses: addresses("10.244.0.2", "10.244.0.2")}, pod.Path())
		},
	} {
		if err := try(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if diff := cmp.Diff(before, nettest.Snapshot(t, host)); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}

func BenchmarkCreate(b *testing.B) {
	_, k := node(b)
	var pods []*netns.Handle
	b.Cleanup(func() {
		for _, p := range pods {
			_ = p.Close()
		}
	})
	i := 0
	for b.Loop() {
		b.StopTimer()
		pod, err := netns.New()
		must(b, err)
		pods = append(pods, pod)
		i++
		l := Link{
			Sandbox: fmt.Sprint(i), Pod: "default/a", MTU: 1500, FromLoopback: true,
			Addresses: []netip.Addr{netip.AddrFrom4([4]byte{10, 244, byte(i >> 8), byte(i)})},
		}
		b.StartTimer()
		must(b, k.Create(b.Context(), l, pod.Path()))
	}
}
