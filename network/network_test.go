package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/address"
	"argosy.dev/network/attachment"
	"argosy.dev/network/hostport"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func start(t testing.TB, cfg Config) *Network {
	t.Helper()
	n, err := Open(t.Context(), cfg)
	must(t, err)
	return n
}

// kill ends a network as the death of its process does.
func (n *Network) kill() {
	n.stop()
	<-n.done
	_ = n.journal.Close()
	n.kernel.Close()
}

func attach(t testing.TB, n *Network, pod Pod) string {
	t.Helper()
	ips, err := n.Attach(t.Context(), pod)
	must(t, err)
	return fmt.Sprint(ips)
}

func detach(t testing.TB, n *Network, id string) {
	t.Helper()
	must(t, n.Detach(t.Context(), id, "/ns/"+id))
}

func prune(t testing.TB, n *Network, keep ...string) []string {
	t.Helper()
	lost, err := n.Prune(t.Context(), keep)
	must(t, err)
	return lost
}

func pod(id string, ports ...PortMapping) Pod {
	return Pod{SandboxID: id, Namespace: "default", Name: id, NetNS: "/ns/" + id, Ports: ports}
}

func prefixes(texts ...string) (out []netip.Prefix) {
	for _, s := range texts {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

var web = PortMapping{HostPort: 80, ContainerPort: 8080}

func TestTheWholeLifeOnAFake(t *testing.T) {
	fake, dir := NewFake(), t.TempDir()
	empty := fake.String()
	cfg := Config{StateDir: dir, Kernel: fake.Kernel(), PodRanges: prefixes("10.244.7.0/24", "fd00:7::/64"), ClusterRanges: prefixes("10.244.0.0/16")}
	n := start(t, cfg)
	if got := attach(t, n, pod("a", web)); got != "[10.244.7.2 fd00:7::2]" {
		t.Errorf("addresses: %s", got)
	}
	attach(t, n, pod("b"))
	want := `link default/a [10.244.7.2 fd00:7::2] in /ns/a mtu 1500 from-loopback
link default/b [10.244.7.3 fd00:7::3] in /ns/b mtu 1500
address 10.244.7.1 dev lo
route unreachable 10.244.7.0/24
address fd00:7::1 dev lo
route unreachable fd00:7::/64
table inet argosy {
  map hostport_any4 { type inet_proto . inet_service : ipv4_addr . inet_service }
    tcp . 80 : 10.244.7.2 . 8080
  map hostport_any6 { type inet_proto . inet_service : ipv6_addr . inet_service }
    tcp . 80 : fd00:7::2 . 8080
  map hostport_bound4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service }
  map hostport_bound6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service }
  set hostport_self4 { type ipv4_addr . ipv4_addr }
    10.244.7.2 . 10.244.7.2
  set hostport_self6 { type ipv6_addr . ipv6_addr }
    fd00:7::2 . fd00:7::2
  chain hostport_guard { type filter hook prerouting priority -300 }
    iifname "arg*" ip daddr 127.0.0.0/8 drop
  chain hostport_in { type nat hook prerouting priority -100 }
    dnat ip to ip daddr . meta l4proto . th dport map @hostport_bound4
    fib daddr type local dnat ip to meta l4proto . th dport map @hostport_any4
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @hostport_bound6
    fib daddr type local dnat ip6 to meta l4proto . th dport map @hostport_any6
  chain hostport_local { type nat hook output priority -100 }
    dnat ip to ip daddr . meta l4proto . th dport map @hostport_bound4
    fib daddr type local dnat ip to meta l4proto . th dport map @hostport_any4
    ip6 daddr ::1 return
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @hostport_bound6
    fib daddr type local dnat ip6 to meta l4proto . th dport map @hostport_any6
  chain hostport_out { type nat hook postrouting priority 100 }
    ip saddr 127.0.0.0/8 oifname "arg*" snat ip to 10.244.7.1
    ip saddr . ip daddr @hostport_self4 snat ip to 10.244.7.1
    ip6 saddr . ip6 daddr @hostport_self6 snat ip6 to fd00:7::1
  chain masquerade { type nat hook postrouting priority 100 }
    ip saddr 10.244.7.0/24 ip daddr 10.244.0.0/16 return
    ip saddr 10.244.7.0/24 ip daddr 224.0.0.0/4 return
    ip saddr 10.244.7.0/24 masquerade fully-random
    ip6 saddr fd00:7::/64 ip6 daddr fd00:7::/64 return
    ip6 saddr fd00:7::/64 ip6 daddr ff00::/8 return
    ip6 saddr fd00:7::/64 masquerade fully-random
}
net/ipv4/ip_forward = 1
net/ipv6/conf/all/forwarding = 1
net/ipv6/conf/uplink/accept_ra = 2
net/netfilter/nf_conntrack_sctp_timeout_established = 1
`
	if diff := cmp.Diff(want, fake.String()); diff != "" {
		t.Fatal(diff)
	}

	n.kill()
	n = start(t, cfg) // adopts
	if diff := cmp.Diff(want, fake.String()); diff != "" {
		t.Errorf("after the restart:\n%s", diff)
	}
	if lost := prune(t, n, "a", "b"); len(lost) != 0 {
		t.Errorf("lost: %q", lost)
	}
	must(t, n.Close(t.Context(), true))
	if diff := cmp.Diff(want, fake.String()); diff != "" {
		t.Errorf("after a stop that keeps pods:\n%s", diff)
	}

	n = start(t, cfg)
	if lost := prune(t, n, "b", "never was"); !slices.Equal(lost, []string{"never was"}) {
		t.Errorf("lost: %q", lost)
	}
	if got := fake.Links.String(); got != "link default/b [10.244.7.3 fd00:7::3] in /ns/b mtu 1500\n" {
		t.Errorf("after the prune:\n%s", got)
	}
	if strings.Contains(fake.Filter.String(), "tcp . 80") {
		t.Error("the host port of a pruned pod is open")
	}
	must(t, n.Close(t.Context(), false))
	if diff := cmp.Diff(empty, fake.String()); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
	must(t, n.Close(t.Context(), false))
	if _, err := n.Attach(t.Context(), pod("c")); !errors.Is(err, errClosed) {
		t.Errorf("attached after the stop: %v", err)
	}
	n = start(t, cfg)
	if got := attach(t, n, pod("d")); got != "[10.244.7.4 fd00:7::4]" {
		t.Errorf("an address is used again at once after the restart: %s", got)
	}
	must(t, n.Close(t.Context(), false))
}

func TestNothingIsLeftOfAFailedAttempt(t *testing.T) {
	fake := NewFake()
	n := start(t, Config{StateDir: t.TempDir(), Kernel: fake.Kernel(), PodRanges: prefixes("10.244.0.0/29")})
	attach(t, n, pod("holder", web))
	before := fake.String()
	broken := errors.New("no memory")
	for name, tc := range map[string]struct {
		pod     Pod
		prepare func()
		want    string
	}{
		"host port taken":  {pod("b", PortMapping{HostPort: 81, ContainerPort: 1}, web), func() {}, "host port *:80/TCP is taken by pod default/holder"},
		"no link":          {pod("b", PortMapping{HostPort: 81, ContainerPort: 1}), func() { fake.Links.Failure = broken }, "no memory"},
		"no filter":        {pod("b", PortMapping{HostPort: 81, ContainerPort: 1}), func() { fake.Filter.Fail(broken) }, "no memory"},
		"no sandbox":       {pod(""), func() {}, "no sandbox ID"},
		"odd sandbox":      {pod("a b"), func() {}, "no sandbox ID"},
		"host network":     {Pod{SandboxID: "b"}, func() {}, "no network namespace of its own"},
		"bad port":         {pod("b", PortMapping{HostPort: 81}), func() {}, "1 to 65535"},
		"no such protocol": {pod("b", PortMapping{HostPort: 81, ContainerPort: 1, Protocol: "IPX"}), func() {}, "TCP, UDP or SCTP"},
	} {
		tc.prepare()
		for range 10 { // more often than there are addresses
			if _, err := n.Attach(t.Context(), tc.pod); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: got %v", name, err)
			}
		}
		fake.Links.Failure = nil
		fake.Filter.Fail(nil)
		n.repairFilter()
		if diff := cmp.Diff(before, fake.String()); diff != "" {
			t.Errorf("%s: left behind:\n%s", name, diff)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Attach(ended, pod("b")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	_, err := n.Attach(t.Context(), pod("b", web))
	if conflict := (*hostport.ConflictError)(nil); !errors.As(err, &conflict) {
		t.Errorf("a taken port is not a ConflictError: %v", err)
	}
	detach(t, n, "nobody")
	must(t, n.Close(t.Context(), false))
}

func TestAnAddressWaitsForItsLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := NewFake()
		n := start(t, Config{StateDir: t.TempDir(), Kernel: fake.Kernel(), PodRanges: prefixes("10.244.0.0/29")})
		defer n.Close(context.Background(), false)
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			attach(t, n, pod(id))
		}
		if _, err := n.Attach(t.Context(), pod("f")); !errors.Is(err, address.ErrFull) || !strings.Contains(err.Error(), "10.244.0.0/29") {
			t.Errorf("the sixth of five: %v", err)
		}
		detach(t, n, "b") // its namespace goes with it
		fake.Links.DropNetNS("/ns/b")
		time.Sleep(time.Millisecond)
		detach(t, n, "a") // its namespace is held by someone
		if got := n.pools[0].InUse(); got != 5 {
			t.Errorf("%d in use at once after the detach", got)
		}
		if !strings.Contains(fake.Links.String(), "link default/a [10.244.0.2] in /ns/a mtu 1500 not routed\n") {
			t.Errorf("links:\n%s", fake.Links)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		if got := n.pools[0].InUse(); got != 3 || fake.Links.Present(attachment.Name("a")) {
			t.Errorf("%d in use, links:\n%s", got, fake.Links)
		}
		if got := attach(t, n, pod("f")) + attach(t, n, pod("g")); got != "[10.244.0.3][10.244.0.2]" {
			t.Errorf("used again: %s", got)
		}
		detach(t, n, "c") // a full range does not wait for the kernel
		if got := attach(t, n, pod("h")); got != "[10.244.0.4]" {
			t.Errorf("used again: %s", got)
		}
		if fake.Links.Present(attachment.Name("c")) {
			t.Error("the link is there whose address was given away")
		}
	})
}

func TestWhatIsMissingIsToldOnce(t *testing.T) {
	fake := NewFake()
	fake.Drops = []string{"the firewall of this host drops"}
	fake.Gateway.Others = prefixes("10.244.0.0/16", "10.0.0.0/16")
	kernel := fake.Kernel()
	kernel.Filter, kernel.FilterMissing = nil, errors.New("this kernel has no nf_tables")
	var log bytes.Buffer
	n := start(t, Config{StateDir: t.TempDir(), Kernel: kernel, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if got := n.Warnings(); len(got) != 2 ||
		!strings.Contains(got[0], "pods do not reach the world and host ports are refused: this kernel has no nf_tables") ||
		!strings.Contains(got[1], "10.244.0.0/24 overlaps with the route 10.244.0.0/16 dev other") {
		t.Errorf("warnings: %q", got)
	}
	attach(t, n, pod("a"))
	for range 3 {
		if _, err := n.Attach(t.Context(), pod("b", web)); err == nil || !strings.Contains(err.Error(), "host ports are off on this node: this kernel has no nf_tables") {
			t.Errorf("got %v", err)
		}
	}
	if got := strings.Count(log.String(), "no nf_tables"); got != 1 {
		t.Errorf("told %d times:\n%s", got, &log)
	}
	must(t, n.Close(t.Context(), false))

	delete(fake.Sysctls, sctpTracking)
	delete(fake.Sysctls, ipForward)
	n = start(t, Config{StateDir: t.TempDir(), Kernel: fake.Kernel()})
	if got := strings.Join(n.Warnings(), "\n"); !strings.Contains(got, "cannot be made to forward") || !strings.Contains(got, "the firewall of this host drops") {
		t.Errorf("warnings: %s", got)
	}
	sctp := web
	sctp.Protocol = hostport.SCTP
	if _, err := n.Attach(t.Context(), pod("b", sctp)); err == nil || !strings.Contains(err.Error(), "SCTP are off on this node") {
		t.Errorf("got %v", err)
	}
	attach(t, n, pod("b", web))
	must(t, n.Close(t.Context(), false))
}

func TestConfigRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	must(t, os.WriteFile(file, nil, 0o600))
	for want, cfg := range map[string]Config{
		"no state directory":       {},
		"making the state":         {StateDir: filepath.Join(file, "x")},
		"lower-case letters":       {StateDir: dir, Name: "Not A Name"},
		"one of that family":       {StateDir: dir, PodRanges: prefixes("10.1.0.0/24", "10.2.0.0/24")},
		"too small":                {StateDir: dir, PodRanges: prefixes("10.1.0.0/31")},
		"it must be 576":           {StateDir: dir, MTU: 70},
		"no such file":             {StateDir: dir, NetNS: filepath.Join(dir, "none")},
		"is not a pinned":          {StateDir: dir, NetNS: file},
		"a later release":          {StateDir: later(t), Kernel: NewFake().Kernel()},
		"opening the network name": {StateDir: dir, NetNS: "/nonexistent"},
	} {
		if _, err := Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "starting the network: ") {
			t.Errorf("%q: got %v", want, err)
		}
	}
}

func later(t *testing.T) string {
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "attachments.log"), []byte(`{"op":"journal","version":99}`), 0o600))
	return dir
}

func TestAnotherRangeAfterARestart(t *testing.T) {
	fake, dir := NewFake(), t.TempDir()
	n := start(t, Config{StateDir: dir, Kernel: fake.Kernel()})
	attach(t, n, pod("a"))
	n.kill()
	n = start(t, Config{StateDir: dir, Kernel: fake.Kernel(), PodRanges: prefixes("10.9.0.0/24")})
	if got, want := fake.Gateway.String(), "address 10.9.0.1 dev lo\nroute unreachable 10.9.0.0/24\n"; got != want {
		t.Errorf("got\n%s", got)
	}
	if got := attach(t, n, pod("b")); got != "[10.9.0.2]" {
		t.Errorf("got %s", got)
	}
	prune(t, n, "a")
	detach(t, n, "a")
	must(t, n.Close(t.Context(), false))
	if got := fake.Links.String() + fake.Gateway.String() + fake.Filter.String(); got != "" {
		t.Errorf("left behind:\n%s", got)
	}
}

// TestManyAtOnce attaches and detaches from many goroutines, with deaths in between, and holds the kernel to the rule that
// no two links have the same address, and that in the end nothing is left.
func TestManyAtOnce(t *testing.T) {
	fake, dir := NewFake(), t.TempDir()
	empty := fake.String()
	for life := range 4 {
		n := start(t, Config{StateDir: dir, Kernel: fake.Kernel(), PodRanges: prefixes("10.244.0.0/25"), Linger: 5 * time.Millisecond})
		prune(t, n)
		var all sync.WaitGroup
		for worker := range 8 {
			all.Go(func() {
				random := rand.New(rand.NewPCG(uint64(life), uint64(worker)))
				for i := range 100 {
					p := pod(fmt.Sprintf("%d-%d-%d", life, worker, i))
					if random.IntN(3) == 0 {
						p.Ports = []PortMapping{{HostPort: uint16(1 + random.IntN(5)), ContainerPort: 1}}
					}
					_, err := n.Attach(t.Context(), p)
					if conflict := (*hostport.ConflictError)(nil); err != nil && !errors.As(err, &conflict) {
						t.Error(err)
					}
					if random.IntN(20) != 0 { // else it stays
						must(t, n.Detach(t.Context(), p.SandboxID, p.NetNS))
						if random.IntN(2) == 0 {
							fake.Links.DropNetNS(p.NetNS)
						}
					}
				}
			})
			all.Go(func() { noAddressTwice(t, fake) })
		}
		all.Wait()
		noAddressTwice(t, fake)
		n.repairFilter()
		table := n.table()
		if diff := cmp.Diff(table.String(), fake.Filter.String()); diff != "" {
			t.Errorf("host ports:\n%s", diff)
		}
		if life < 3 {
			n.kill()
		} else {
			must(t, n.Close(t.Context(), false))
		}
	}
	if diff := cmp.Diff(empty, fake.String()); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}

func noAddressTwice(t *testing.T, fake *Fake) {
	for range 50 {
		found, _ := fake.Links.List()
		seen := map[netip.Addr]string{}
		for _, f := range found {
			for _, a := range f.Routed {
				if other, ok := seen[a]; ok {
					t.Errorf("%s is routed to %s and %s", a, f.Sandbox, other)
				}
				seen[a] = f.Sandbox
			}
		}
	}
}
