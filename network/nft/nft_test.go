package nft

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"argosy.dev/network/netns"
)

var (
	v4 = netip.MustParseAddr("10.244.0.7")
	v6 = netip.MustParseAddr("fd00::7")
)

func element(proto uint8, port uint16, to netip.Addr, toPort uint16) Element {
	return Element{Concat(Proto(proto), Port(port)), Concat(Address(to), Port(toPort))}
}

func elements(es ...Element) map[Datum]Datum {
	out := map[Datum]Datum{}
	for _, e := range es {
		out[e.Key] = e.Value
	}
	return out
}

// sample uses every statement and every sort of set.
func sample() Table {
	return Table{Name: "sample",
		Sets: []Set{
			{Name: "ports4", Key: []Type{Transport, Service}, Value: []Type{IPv4, Service},
				Elements: elements(element(6, 80, v4, 8080), element(132, 9, v4, 9))},
			{Name: "ports6", Key: []Type{Transport, Service}, Value: []Type{IPv6, Service},
				Elements: elements(element(17, 53, v6, 5353))},
			{Name: "bound4", Key: []Type{IPv4, Transport, Service}, Value: []Type{IPv4, Service}},
			{Name: "bound6", Key: []Type{IPv6, Transport, Service}, Value: []Type{IPv6, Service}},
			{Name: "self4", Key: []Type{IPv4, IPv4}, Elements: elements(Element{Key: Concat(Address(v4), Address(v4))})},
			{Name: "self6", Key: []Type{IPv6, IPv6}},
		},
		Chains: []Chain{
			{Name: "in", Hook: &Hook{"nat", Prerouting, -100}, Rules: []Rule{
				NewRule("bound", DestinationNAT("bound4", v4, true)),
				NewRule("bound", DestinationNAT("bound6", v6, true)),
				NewRule("any", ToThisHost(), DestinationNAT("ports4", v4, false)),
				NewRule("any", ToThisHost(), DestinationNAT("ports6", v6, false)),
			}},
			{Name: "out", Hook: &Hook{"nat", Postrouting, 100}, Rules: []Rule{
				NewRule("self", PairIn("self4", v4), SourceNAT(v4)),
				NewRule("self", PairIn("self6", v6), SourceNAT(v6)),
				NewRule("", Not(From(netip.MustParsePrefix("10.244.0.0/23"))), Return()),
				NewRule("", To(netip.MustParsePrefix("fd00::/48")), Return()),
				NewRule("", To(netip.MustParsePrefix("10.0.0.9/32")), OutputName("arg"), Return()),
				NewRule("out", Masquerade()),
			}},
			{Name: "guard", Hook: &Hook{"filter", Prerouting, -300}, Rules: []Rule{
				NewRule("no loopback", InputName("arg"), To(netip.MustParsePrefix("127.0.0.0/8")), Drop()),
			}},
			{Name: "plain"},
		},
	}
}

func put(t testing.TB, r *Reconciler, want Table) {
	t.Helper()
	if err := r.Sync(want); err != nil {
		t.Fatal(err)
	}
}

const sampleText = `table inet sample {
  map bound4 { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service }
  map bound6 { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service }
  map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service }
    tcp . 80 : 10.244.0.7 . 8080
    sctp . 9 : 10.244.0.7 . 9
  map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service }
    udp . 53 : fd00::7 . 5353
  set self4 { type ipv4_addr . ipv4_addr }
    10.244.0.7 . 10.244.0.7
  set self6 { type ipv6_addr . ipv6_addr }
  chain guard { type filter hook prerouting priority -300 }
    iifname "arg*" ip daddr 127.0.0.0/8 drop
  chain in { type nat hook prerouting priority -100 }
    dnat ip to ip daddr . meta l4proto . th dport map @bound4
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6
    fib daddr type local dnat ip to meta l4proto . th dport map @ports4
    fib daddr type local dnat ip6 to meta l4proto . th dport map @ports6
  chain out { type nat hook postrouting priority 100 }
    ip saddr . ip daddr @self4 snat ip to 10.244.0.7
    ip6 saddr . ip6 daddr @self6 snat ip6 to fd00::7
    not (ip saddr 10.244.0.0/23) return
    ip6 daddr fd00::/48 return
    ip daddr 10.0.0.9 oifname "arg*" return
    masquerade fully-random
  chain plain
}
`

func TestFakePrintsItsState(t *testing.T) {
	fake := NewFake()
	r := NewReconciler(fake, "sample")
	put(t, r, sample())
	if diff := cmp.Diff(sampleText, fake.String()); diff != "" {
		t.Error(diff)
	}
	put(t, r, sample())
	if n := len(fake.Commits()); n != 1 {
		t.Errorf("%d commits for nothing new", n-1)
	}
	if err := r.Remove(); err != nil {
		t.Fatal(err)
	}
	if got := fake.String(); got != "" {
		t.Errorf("left:\n%s", got)
	}
	if err := r.Remove(); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

// suite is what holds of any Kernel. show prints the kernel's table.
func suite(t *testing.T, kernel Kernel, show func() string) {
	r := NewReconciler(kernel, "sample")
	if err := r.Update(Update{"ports4", []Element{element(6, 1, v4, 1)}, nil}); err == nil {
		t.Error("an element was added before the table")
	}
	put(t, r, sample())
	whole := show()

	want := sample()
	want.Sets[0].Elements = elements(element(6, 80, v4, 8081), element(6, 443, v4, 8443))
	want.Sets = append(want.Sets[:5], Set{Name: "self6", Key: []Type{IPv6}}) // other types
	want.Chains[1].Rules = want.Chains[1].Rules[3:]
	want.Chains[2].Hook = &Hook{"filter", Prerouting, -290}
	want.Chains = want.Chains[:3]
	put(t, r, want)
	again := NewReconciler(kernel, "sample") // another process
	put(t, again, want)
	changed := show()
	if changed == whole {
		t.Error("nothing changed")
	}
	put(t, again, sample())
	if diff := cmp.Diff(whole, show()); diff != "" {
		t.Errorf("there and back:\n%s", diff)
	}

	web, dns := element(6, 80, v4, 8080), element(17, 53, v4, 53)
	other := element(6, 80, v4, 9999)
	for name, step := range map[string]func() error{
		"add":            func() error { return again.Update(Update{"ports4", []Element{dns}, nil}) },
		"add again":      func() error { return again.Update(Update{"ports4", []Element{dns}, nil}) },
		"replace":        func() error { return again.Update(Update{"ports4", []Element{other}, []Element{web}}) },
		"other value":    func() error { return again.Update(Update{"ports4", []Element{web}, nil}) },
		"remove missing": func() error { return again.Update(Update{"ports4", nil, []Element{element(6, 7, v4, 7)}}) },
		"remove":         func() error { return again.Update(Update{"ports4", nil, []Element{dns}}) },
		"remove again":   func() error { return again.Update(Update{"ports4", nil, []Element{dns}}) },
	} {
		if err := step(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := again.Update(Update{"ports4", []Element{web}, []Element{dns}}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(whole, show()); diff != "" {
		t.Errorf("elements came and went:\n%s", diff)
	}
	if err := again.Update(Update{"nosuch", []Element{dns}, nil}); err == nil {
		t.Error("a set that is not there was changed")
	}

	if repaired, err := again.Repair(); repaired || err != nil {
		t.Errorf("repaired what was whole: %v, %v", repaired, err)
	}
	if err := NewReconciler(kernel, "sample").Remove(); err != nil { // an administrator
		t.Fatal(err)
	}
	if repaired, err := again.Repair(); !repaired || err != nil {
		t.Errorf("not repaired: %v, %v", repaired, err)
	}
	if diff := cmp.Diff(whole, show()); diff != "" {
		t.Errorf("after the repair:\n%s", diff)
	}
	if err := NewReconciler(kernel, "sample").Remove(); err != nil {
		t.Fatal(err)
	}
	if err := again.Update(Update{"ports4", []Element{web}, nil}); err != nil { // known to be there: nothing to do
		t.Errorf("a change after the rules were flushed: %v", err)
	}
	if err := again.Update(Update{"ports4", []Element{dns}, nil}); err != nil {
		t.Errorf("a change after the rules were flushed: %v", err)
	}
	if err := again.Update(Update{"ports4", nil, []Element{dns}}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(whole, show()); diff != "" {
		t.Errorf("after the change that repaired:\n%s", diff)
	}
	if err := again.Remove(); err != nil {
		t.Fatal(err)
	}
}

func TestSuiteFake(t *testing.T) {
	fake := NewFake()
	suite(t, fake, fake.String)
}

func TestSuiteKernel(t *testing.T) {
	ns := namespace(t)
	kernel := open(t, ns)
	suite(t, kernel, func() string {
		table, err := kernel.Read("sample")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range table.Chains {
			for i := range c.Rules {
				c.Rules[i].Text = c.Rules[i].mark
			}
		}
		return table.String()
	})
	if table, err := kernel.Read("sample"); table != nil || err != nil {
		t.Errorf("left: %v, %v", table, err)
	}
}

// TestTheToolAgrees holds the text of the statements to what the nft tool reads out of the kernel.
func TestTheToolAgrees(t *testing.T) {
	ns := namespace(t)
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skip("the nft tool is not installed")
	}
	put(t, NewReconciler(open(t, ns), "sample"), sample())
	var out []byte
	if err := ns.Do(func() (err error) {
		out, err = exec.Command("nft", "list", "table", "inet", "sample").CombinedOutput()
		return err
	}); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service",
		"tcp . 80 : 10.244.0.7 . 8080",
		"10.244.0.7 . 10.244.0.7",
		"type nat hook prerouting priority dstnat; policy accept;",
		"type filter hook prerouting priority raw; policy accept;",
		`iifname "arg*" ip daddr 127.0.0.0/8 drop comment "no loopback #`,
		"dnat ip to ip daddr . meta l4proto . th dport map @bound4",
		"dnat ip6 to ip6 daddr . meta l4proto . th dport map @bound6",
		"fib daddr type local meta nfproto ipv4 dnat ip to meta l4proto . th dport map @ports4",
		"ip6 saddr . ip6 daddr @self6 snat ip6 to fd00::7",
		"ip saddr != 10.244.0.0/23 return",
		"ip6 daddr fd00::/48 return",
		`ip daddr 10.0.0.9 oifname "arg*" return`,
		"masquerade fully-random",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the tool does not show %q", want)
		}
	}
	if t.Failed() {
		t.Logf("%s", out)
	}
}

func TestAFailedCommitChangesNothing(t *testing.T) {
	fake := NewFake()
	r := NewReconciler(fake, "sample")
	put(t, r, sample())
	whole := fake.String()
	broken := errors.New("no memory")
	fake.Fail(broken)
	web := element(6, 443, v4, 443)
	if err := r.Update(Update{"ports4", []Element{web}, nil}); !errors.Is(err, broken) || !strings.Contains(err.Error(), "sample") {
		t.Errorf("got %v", err)
	}
	if err := r.Sync(Table{Name: "sample"}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	fake.Fail(nil)
	if got := fake.String(); got != whole {
		t.Errorf("changed:\n%s", got)
	}
	if err := r.Update(Update{"ports4", []Element{web}, nil}); err != nil {
		t.Error(err)
	}
}

// TestDiffLeadsThere walks between random tables.
func TestDiffLeadsThere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	fake := NewFake()
	r := NewReconciler(fake, "t")
	for step := range 500 {
		want := Table{Name: "t"}
		for i := range random.IntN(5) {
			s := Set{Name: fmt.Sprintf("s%d", i), Key: []Type{Service}, Elements: map[Datum]Datum{}}
			if random.IntN(4) == 0 {
				s.Value = []Type{IPv4}
			}
			for range random.IntN(4) {
				k := Port(uint16(random.IntN(4)))
				s.Elements[k] = ""
				if len(s.Value) > 0 {
					s.Elements[k] = Address(netip.AddrFrom4([4]byte{10, 0, 0, byte(random.IntN(3))}))
				}
			}
			want.Sets = append(want.Sets, s)
		}
		for i := range random.IntN(4) {
			c := Chain{Name: fmt.Sprintf("c%d", i)}
			if random.IntN(2) == 0 {
				c.Hook = &Hook{"filter", Forward, random.IntN(2)}
			}
			for range random.IntN(3) {
				c.Rules = append(c.Rules, NewRule("", OutputName(fmt.Sprint("x", random.IntN(3))), Return()))
			}
			want.Chains = append(want.Chains, c)
		}
		put(t, r, want)
		if diff := cmp.Diff(want.String(), fake.String()); diff != "" {
			t.Fatalf("step %d:\n%s", step, diff)
		}
	}
}

func TestManyElementsInOneTransaction(t *testing.T) {
	kernel := open(t, namespace(t))
	want := sample()
	want.Sets[0].Elements = map[Datum]Datum{}
	for port := range 20000 {
		e := element(6, uint16(port+1), v4, uint16(port+1))
		want.Sets[0].Elements[e.Key] = e.Value
	}
	put(t, NewReconciler(kernel, "sample"), want)
	got, err := kernel.Read("sample")
	if err != nil {
		t.Fatal(err)
	}
	if changes := Diff(got, want); len(changes) != 0 {
		t.Errorf("%d changes left", len(changes))
	}
}

func namespace(t testing.TB) *netns.Handle {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes a network namespace")
	}
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

func open(t testing.TB, ns *netns.Handle) Kernel {
	t.Helper()
	k, err := Open(ns)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

// BenchmarkElement adds and removes one element of a map of the given size: two transactions an operation.
func BenchmarkElement(b *testing.B) {
	for _, size := range []int{0, 1000, 10000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			kernel := open(b, namespace(b))
			want := sample()
			want.Sets[0].Elements = map[Datum]Datum{}
			for port := range size {
				e := element(6, uint16(port+1), v4, 1)
				want.Sets[0].Elements[e.Key] = e.Value
			}
			r := NewReconciler(kernel, "sample")
			put(b, r, want)
			e := []Element{element(17, 53, v4, 53)}
			for b.Loop() {
				if err := errors.Join(r.Update(Update{"ports4", e, nil}), r.Update(Update{"ports4", nil, e})); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
