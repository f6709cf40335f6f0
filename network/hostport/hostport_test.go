package hostport

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/nft"
)

var (
	gateways = []netip.Addr{netip.MustParseAddr("10.244.0.1"), netip.MustParseAddr("fd00::1")}
	both     = []netip.Addr{netip.MustParseAddr("10.244.0.7"), netip.MustParseAddr("fd00::7")}
	only4    = both[:1]
)

func port(text string, to uint16) Port {
	where, protocol, _ := strings.Cut(text, "/")
	p := Port{ContainerPort: to, Protocol: Protocol(protocol)}
	if strings.HasPrefix(where, "*") {
		where = strings.Replace(where, "*", "1.1.1.1", 1)
		p.HostPort = netip.MustParseAddrPort(where).Port()
		return p
	}
	ap := netip.MustParseAddrPort(where)
	p.HostIP, p.HostPort = ap.Addr(), ap.Port()
	return p
}

// kernel is a fake packet filter with the frame in it.
func kernel(t *testing.T) (*nft.Fake, *nft.Reconciler) {
	t.Helper()
	fake := nft.NewFake()
	r := nft.NewReconciler(fake, "argosy")
	var want nft.Table
	want.Sets, want.Chains = Frame(gateways, "arg")
	if err := r.Sync(want); err != nil {
		t.Fatal(err)
	}
	return fake, r
}

func sets(fake *nft.Fake) string {
	text := fake.String()
	return text[:strings.Index(text, "  chain ")]
}

func TestFrame(t *testing.T) {
	fake, _ := kernel(t)
	text := fake.String()
	want := `  chain hostport_guard { type filter hook prerouting priority -300 }
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
    ip saddr 127.0.0.0/8 oifname "arg*" snat ip to 10.244.0.1
    ip saddr . ip daddr @hostport_self4 snat ip to 10.244.0.1
    ip6 saddr . ip6 daddr @hostport_self6 snat ip6 to fd00::1
}
`
	if diff := cmp.Diff(want, text[strings.Index(text, "  chain "):]); diff != "" {
		t.Error(diff)
	}
}

func TestOpenAndClose(t *testing.T) {
	fake, r := kernel(t)
	empty := sets(fake)
	table := NewTable()
	updates, err := table.Open(Owner{"a", "default/web"}, both, []Port{
		port("*:80", 8080), port("127.0.0.1:81/TCP", 8081), port("[::]:53/UDP", 5353), port("0.0.0.0:9/SCTP", 9),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Update(updates...); err != nil {
		t.Fatal(err)
	}
	want := `table inet argosy {
  map hostport_any4 { type inet_proto . inet_service : ipv4_addr . inet_service }
    tcp . 80 : 10.244.0.7 . 8080
    sctp . 9 : 10.244.0.7 . 9
  map hostport_any6 { type inet_proto . inet_service : ipv6_addr . inet_service }
    tcp . 80 : fd00::7 . 8080
    udp . 53 : fd00::7 . 5353
  map hostport_bound4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service }
    127.0.0.1 . tcp . 81 : 10.244.0.7 . 8081
  map hostport_bound6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service }
  set hostport_self4 { type ipv4_addr . ipv4_addr }
    10.244.0.7 . 10.244.0.7
  set hostport_self6 { type ipv6_addr . ipv6_addr }
    fd00::7 . fd00::7
`
	if diff := cmp.Diff(want, sets(fake)); diff != "" {
		t.Error(diff)
	}
	filled := nft.Table{Name: "argosy"}
	filled.Sets, _ = Frame(gateways, "arg")
	table.Fill(filled.Sets)
	if got := filled.String(); got != want+"}\n" {
		t.Errorf("filled:\n%s", got)
	}
	if err := r.Update(table.Close("a")...); err != nil {
		t.Fatal(err)
	}
	if got := sets(fake); got != empty {
		t.Errorf("left after the close:\n%s", got)
	}
	if updates := table.Close("a"); updates != nil {
		t.Errorf("closed twice: %v", updates)
	}
}

func TestConflicts(t *testing.T) {
	for _, tc := range []struct {
		first, second string
		conflict      bool
	}{
		{"*:80", "*:80", true},
		{"*:80", "*:80/TCP", true},
		{"*:80", "*:80/UDP", false},
		{"*:80", "*:81", false},
		{"*:80", "127.0.0.1:80", true},
		{"127.0.0.1:80", "*:80", true},
		{"127.0.0.1:80", "127.0.0.1:80", true},
		{"127.0.0.1:80", "127.0.0.2:80", false},
		{"0.0.0.0:80", "127.0.0.1:80", true},
		{"0.0.0.0:80", "[fd00::9]:80", false},
		{"0.0.0.0:80", "[::]:80", false},
		{"[::]:80", "[fd00::9]:80", true},
		{"*:80", "[fd00::9]:80", true},
	} {
		table := NewTable()
		if _, err := table.Open(Owner{"a", "default/a"}, both, []Port{port(tc.first, 1)}); err != nil {
			t.Fatal(err)
		}
		_, err := table.Open(Owner{"b", "default/b"}, both, []Port{port("*:9999", 1), port(tc.second, 1)})
		var conflict *ConflictError
		if errors.As(err, &conflict) != tc.conflict {
			t.Errorf("%s, then %s: got %v", tc.first, tc.second, err)
		}
		if tc.conflict {
			if conflict.Holder.Pod != "default/a" || !strings.Contains(err.Error(), port(tc.second, 1).String()+" is taken by pod default/a") {
				t.Errorf("the error is %q", err)
			}
			if _, err := table.Open(Owner{"c", "default/c"}, both, []Port{port("*:9999", 1)}); err != nil {
				t.Errorf("a refused pod kept one of its ports: %v", err)
			}
			table.Close("a")
			if _, err := table.Open(Owner{"b", "default/b"}, both, []Port{port(tc.second, 1)}); err != nil {
				t.Errorf("still taken after the close: %v", err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		addresses []netip.Addr
		ports     []Port
		want      string
	}{
		"no port":           {both, []Port{{ContainerPort: 80}}, "1 to 65535"},
		"no container port": {both, []Port{{HostPort: 80}}, "1 to 65535"},
		"odd protocol":      {both, []Port{{HostPort: 1, ContainerPort: 1, Protocol: "ICMP"}}, "TCP, UDP or SCTP"},
		"IPv6 loopback":     {both, []Port{port("[::1]:80", 80)}, "use 127.0.0.1"},
		"mapped address":    {both, []Port{{HostPort: 1, ContainerPort: 1, HostIP: netip.MustParseAddr("::ffff:1.2.3.4")}}, "plain"},
		"no such family":    {only4, []Port{port("[fd00::9]:80", 80)}, "*no address of that family"},
		"own conflict":      {both, []Port{port("*:80", 80), port("127.0.0.1:80", 81)}, "taken by pod default/x"},
	} {
		_, err := NewTable().Open(Owner{"x", "default/x"}, tc.addresses, tc.ports)
		if err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(tc.want, "*")) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if updates, err := NewTable().Open(Owner{"x", "default/x"}, both, nil); err != nil || updates != nil {
		t.Errorf("a pod without ports: %v, %v", updates, err)
	}
}

// TestAnyOrder opens and closes at random and holds the kernel to what a fresh table would fill in.
func TestAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	fake, r := kernel(t)
	table := NewTable()
	hosts := []string{"*", "0.0.0.0", "127.0.0.1", "[::]", "[fd00::9]"}
	for range 2000 {
		id := string(rune('a' + random.IntN(8)))
		if random.IntN(2) == 0 {
			if err := r.Update(table.Close(id)...); err != nil {
				t.Fatal(err)
			}
		} else {
			var ports []Port
			for range 1 + random.IntN(3) {
				ports = append(ports, port(hosts[random.IntN(len(hosts))]+":"+string(rune('1'+random.IntN(5)))+[]string{"", "/UDP"}[random.IntN(2)], 7))
			}
			addresses := []netip.Addr{
				netip.AddrFrom4([4]byte{10, 244, 0, id[0]}), netip.AddrFrom16([16]byte{0xfd, 15: id[0]}),
			}
			updates, err := table.Open(Owner{id, "default/" + id}, addresses, ports)
			if err != nil {
				continue
			}
			if err := r.Update(updates...); err != nil {
				t.Fatal(err)
			}
		}
		want := nft.Table{Name: "argosy"}
		want.Sets, _ = Frame(gateways, "arg")
		table.Fill(want.Sets)
		if diff := cmp.Diff(strings.TrimSuffix(want.String(), "}\n"), sets(fake)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestStale(t *testing.T) {
	node, pod, old, world := netip.MustParseAddr("192.168.1.2"), both[0], netip.MustParseAddr("10.244.0.9"), netip.MustParseAddr("192.0.2.1")
	local := func(a netip.Addr) bool { return a == node }
	opened := Flows{Ports: []Port{port("*:53/UDP", 53), port("*:80", 80)}, Addresses: both, Opened: true}
	closed := Flows{Ports: opened.Ports, Addresses: both}
	for name, tc := range map[string]struct {
		flows    Flows
		protocol uint8
		to       netip.AddrPort
		answers  netip.Addr
		want     bool
	}{
		"opened: leads to nobody":        {opened, 17, netip.AddrPortFrom(node, 53), node, true},
		"opened: leads to a former pod":  {opened, 17, netip.AddrPortFrom(node, 53), old, true},
		"opened: leads to the pod":       {opened, 17, netip.AddrPortFrom(node, 53), pod, false},
		"opened: a pod asks the world":   {opened, 17, netip.AddrPortFrom(world, 53), world, false},
		"opened: TCP begins anew":        {opened, 6, netip.AddrPortFrom(node, 80), old, false},
		"opened: another port":           {opened, 17, netip.AddrPortFrom(node, 54), old, false},
		"closed: leads to the pod":       {closed, 17, netip.AddrPortFrom(node, 53), pod, true},
		"closed: TCP breaks by itself":   {closed, 6, netip.AddrPortFrom(node, 80), pod, false},
		"closed: leads to its successor": {closed, 17, netip.AddrPortFrom(node, 53), old, false},
		"closed: not by a host port":     {closed, 17, netip.AddrPortFrom(pod, 5353), pod, false},
	} {
		if got := tc.flows.Stale(tc.protocol, tc.to, tc.answers, local); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if (Flows{Ports: []Port{port("*:80", 80), port("*:81/TCP", 81)}}).Any() {
		t.Error("TCP ports need no look at the connections")
	}
}

func TestParse(t *testing.T) {
	got, err := Parse("UDP", "127.0.0.1", 53, 5353)
	if want := port("127.0.0.1:53/UDP", 5353); err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if got, err := Parse("", "", 65535, 1); err != nil || got.String() != "*:65535/TCP" {
		t.Errorf("got %s, %v", got, err)
	}
	for want, try := range map[string]func() (Port, error){
		"is no IP address":   func() (Port, error) { return Parse("TCP", "localhost", 80, 80) },
		"ports are 1":        func() (Port, error) { return Parse("TCP", "", 65536, 80) },
		"container port -1:": func() (Port, error) { return Parse("TCP", "", 80, -1) },
		"*:0/TCP":            func() (Port, error) { return Parse("TCP", "", 0, 80) },
		"TCP, UDP or SCTP":   func() (Port, error) { return Parse("tcp", "", 80, 80) },
		"[::1]:80":           func() (Port, error) { return Parse("TCP", "::1", 80, 80) },
	} {
		if _, err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", want, err)
		}
	}
}
