package nettest

import (
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"argosy.dev/network/netns"
)

// patience is how long a client waits for an answer that should come at once; impatience how long for one that should not.
const (
	patience   = 3 * time.Second
	impatience = 200 * time.Millisecond
)

// Namespace makes a namespace with its loopback up, and skips the test without root.
func Namespace(t testing.TB) *netns.Handle {
	t.Helper()
	ns := Bare(t)
	In(t, ns, func(h *netlink.Handle) error { return h.LinkSetUp(link(t, h, "lo")) })
	return ns
}

// Bare makes a namespace as the kernel gives it, and skips the test without root.
func Bare(t testing.TB) *netns.Handle {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root: makes network namespaces")
	}
	ns, err := netns.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

// In runs fn with a netlink handle of the namespace.
func In(t testing.TB, ns *netns.Handle, fn func(h *netlink.Handle) error) {
	t.Helper()
	var h *netlink.Handle
	err := ns.Do(func() (err error) {
		h, err = netlink.NewHandle(unix.NETLINK_ROUTE)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := fn(h); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, h *netlink.Handle, name string) netlink.Link {
	t.Helper()
	l, err := h.LinkByName(name)
	if err != nil {
		t.Fatalf("finding %s: %v", name, err)
	}
	return l
}

// Cable joins two namespaces by a pair of interfaces with these addresses, each with its prefix length.
func Cable(t testing.TB, a *netns.Handle, nameA, addressA string, b *netns.Handle, nameB, addressB string) {
	t.Helper()
	In(t, a, func(h *netlink.Handle) error {
		return h.LinkAdd(&netlink.Veth{
			LinkAttrs: netlink.LinkAttrs{Name: nameA, MTU: 1400}, PeerName: nameB, PeerNamespace: netlink.NsFd(b.Fd()),
		})
	})
	for _, end := range []struct {
		ns            *netns.Handle
		name, address string
	}{{a, nameA, addressA}, {b, nameB, addressB}} {
		In(t, end.ns, func(h *netlink.Handle) error {
			l := link(t, h, end.name)
			address, err := netlink.ParseAddr(end.address)
			if err != nil {
				return err
			}
			address.Flags = unix.IFA_F_NODAD
			if err := h.AddrAdd(l, address); err != nil {
				return err
			}
			// No link-local address: the kernel would go on probing for it while the test runs.
			if err := h.LinkSetIP6AddrGenMode(l, nl.IN6_ADDR_GEN_MODE_NONE); err != nil {
				return err
			}
			return h.LinkSetUp(l)
		})
	}
}

// Route adds a route through a gateway.
func Route(t testing.TB, ns *netns.Handle, to, via string) {
	t.Helper()
	_, dst, err := net.ParseCIDR(to)
	if err != nil {
		t.Fatal(err)
	}
	In(t, ns, func(h *netlink.Handle) error { return h.RouteAdd(&netlink.Route{Dst: dst, Gw: net.ParseIP(via)}) })
}

// Serve answers in the namespace: who connects, or sends, gets the name and the address that it was seen with. network is
// tcp or udp, address an address and port; port 0 is chosen. It returns the port.
func Serve(t testing.TB, ns *netns.Handle, network, address, name string) uint16 {
	t.Helper()
	switch network {
	case "tcp":
		var l net.Listener
		if err := ns.Do(func() (err error) { l, err = net.Listen("tcp", address); return err }); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprintf(c, "%s sees %s", name, host(c.RemoteAddr().String()))
				_ = c.Close()
			}
		}()
		return netip.MustParseAddrPort(l.Addr().String()).Port()
	case "udp":
		var c net.PacketConn
		if err := ns.Do(func() (err error) { c, err = net.ListenPacket("udp", address); return err }); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		go func() {
			buffer := make([]byte, 100)
			for {
				_, from, err := c.ReadFrom(buffer)
				if err != nil {
					return
				}
				_, _ = c.WriteTo(fmt.Appendf(nil, "%s sees %s", name, host(from.String())), from)
			}
		}()
		return netip.MustParseAddrPort(c.LocalAddr().String()).Port()
	}
	t.Fatalf("no such network: %s", network)
	return 0
}

func host(address string) string { return netip.MustParseAddrPort(address).Addr().Unmap().String() }

// Ask asks a server of Serve, and fails the test unless it answers what is wanted.
func Ask(t testing.TB, ns *netns.Handle, network, address, want string) {
	t.Helper()
	if got, err := ask(ns, network, "", address, patience); err != nil || got != want {
		t.Errorf("%s %s: got %q, %v, want %q", network, address, got, err, want)
	}
}

// AskFrom is Ask from a fixed local address and port.
func AskFrom(t testing.TB, ns *netns.Handle, network, from, address, want string) {
	t.Helper()
	if got, err := ask(ns, network, from, address, patience); err != nil || got != want {
		t.Errorf("%s %s from %s: got %q, %v, want %q", network, address, from, got, err, want)
	}
}

// Refused fails the test if a server of Serve answers.
func Refused(t testing.TB, ns *netns.Handle, network, address string) {
	t.Helper()
	if got, err := ask(ns, network, "", address, impatience); err == nil {
		t.Errorf("%s %s: answered %q, which it should not", network, address, got)
	}
}

func ask(ns *netns.Handle, network, from, address string, wait time.Duration) (string, error) {
	dialer := net.Dialer{Timeout: wait}
	if from != "" {
		ap := netip.MustParseAddrPort(from)
		dialer.LocalAddr = net.TCPAddrFromAddrPort(ap)
		if network == "udp" {
			dialer.LocalAddr = net.UDPAddrFromAddrPort(ap)
		}
	}
	var c net.Conn
	if err := ns.Do(func() (err error) { c, err = dialer.Dial(network, address); return err }); err != nil {
		return "", err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(wait)); err != nil {
		return "", err
	}
	if network == "udp" {
		if _, err := c.Write([]byte("who")); err != nil {
			return "", err
		}
		buffer := make([]byte, 100)
		n, err := c.Read(buffer)
		return string(buffer[:n]), err
	}
	answer, err := io.ReadAll(c)
	if err == nil && len(answer) == 0 {
		err = io.ErrUnexpectedEOF
	}
	return string(answer), err
}

// Run runs a tool inside the namespace and returns what it prints; the test is skipped if it is not installed.
func Run(t testing.TB, ns *netns.Handle, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("the %s tool is not installed", name)
	}
	var out []byte
	if err := ns.Do(func() (err error) {
		out, err = exec.Command(name, args...).CombinedOutput()
		return err
	}); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// Snapshot prints everything that a node's namespace holds in the kernel: links, addresses, routes, rules, and the given
// kernel parameters.
func Snapshot(t testing.TB, ns *netns.Handle, sysctls ...string) string {
	t.Helper()
	var b strings.Builder
	for _, args := range [][]string{
		{"ip", "-o", "link"}, {"ip", "-o", "addr"}, {"ip", "route", "show", "table", "all"}, {"ip", "-6", "route", "show", "table", "all"},
		{"ip", "neigh", "show", "nud", "permanent"}, {"nft", "list", "ruleset"},
	} {
		fmt.Fprintf(&b, "# %s\n%s", strings.Join(args, " "), Run(t, ns, args[0], args[1:]...))
	}
	for _, name := range sysctls {
		if err := ns.Do(func() error {
			raw, err := os.ReadFile("/proc/sys/" + name)
			fmt.Fprintf(&b, "%s = %s", name, raw)
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Eventually asks again and again for something that another part of the kernel does in its own time and tells nobody of.
func Eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(5 * time.Second)
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for !ok() {
		select {
		case <-again.C:
		case <-deadline:
			t.Fatalf("not within 5 s: %s", what)
		}
	}
}
