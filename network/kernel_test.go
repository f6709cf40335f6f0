package network

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"argosy.dev/network/attachment"
	"argosy.dev/network/hostport"
	"argosy.dev/network/netns"
	"argosy.dev/network/nettest"
)

// watched are the parameters that a node's network may change.
var watched = []string{ipForward, ip6Forward, "net/ipv4/conf/all/rp_filter", "net/ipv4/conf/default/rp_filter", "net/ipv4/conf/all/route_localnet"}

// world is a node with an uplink to a host elsewhere; both are namespaces.
type world struct {
	node, elsewhere *netns.Handle
	cfg             Config
}

// Addresses of the two ends of the cable.
const (
	nodeIP       = "192.168.70.1"
	nodeIP6      = "fd00:70::1"
	elsewhereIP  = "192.168.70.2"
	elsewhereIP6 = "fd00:70::2"
)

func newWorld(t testing.TB) world {
	t.Helper()
	w := world{node: nettest.Namespace(t), elsewhere: nettest.Namespace(t)}
	nettest.Cable(t, w.node, "up0", nodeIP+"/24", w.elsewhere, "far0", elsewhereIP+"/24")
	for _, end := range []struct {
		ns         *netns.Handle
		name, addr string
	}{{w.node, "up0", nodeIP6 + "/64"}, {w.elsewhere, "far0", elsewhereIP6 + "/64"}} {
		nettest.In(t, end.ns, func(h *netlink.Handle) error {
			l, err := h.LinkByName(end.name)
			if err != nil {
				return err
			}
			a, err := netlink.ParseAddr(end.addr)
			if err != nil {
				return err
			}
			a.Flags = unix.IFA_F_NODAD
			return h.AddrAdd(l, a)
		})
	}
	nettest.Eventually(t, "the IPv6 address is in use", func() bool { // the kernel takes its time, even unasked to probe
		return strings.Contains(nettest.Run(t, w.node, "ip", "-6", "route", "show", "table", "local"), "local "+nodeIP6+" ")
	})
	nettest.Route(t, w.node, "0.0.0.0/0", elsewhereIP)
	nettest.Route(t, w.node, "::/0", elsewhereIP6)
	w.cfg = Config{
		StateDir: t.TempDir(), NetNS: w.node.Path(), Linger: 50 * time.Millisecond,
		PodRanges: prefixes("10.244.0.0/24", "fd00:244::/64"),
	}
	return w
}

func (w world) snapshot(t testing.TB) string { return nettest.Snapshot(t, w.node, watched...) }

// realPod makes a namespace and attaches it.
func realPod(t testing.TB, n *Network, id string, ports ...PortMapping) (*netns.Handle, []netip.Addr) {
	t.Helper()
	ns := nettest.Bare(t)
	p := pod(id, ports...)
	p.NetNS = ns.Path()
	ips, err := n.Attach(t.Context(), p)
	must(t, err)
	return ns, ips
}

func mapping(hostIP string, hostPort, containerPort uint16, protocol hostport.Protocol) PortMapping {
	p := PortMapping{HostPort: hostPort, ContainerPort: containerPort, Protocol: protocol}
	if hostIP != "" {
		p.HostIP = netip.MustParseAddr(hostIP)
	}
	return p
}

func TestPodsTheNodeAndTheWorld(t *testing.T) {
	w := newWorld(t)
	before := w.snapshot(t)
	n := start(t, w.cfg)
	if got := n.Warnings(); len(got) != 0 {
		t.Errorf("warnings: %q", got)
	}
	a, _ := realPod(t, n, "a")
	b, ips := realPod(t, n, "b")
	if got := fmt.Sprint(ips); got != "[10.244.0.3 fd00:244::3]" {
		t.Errorf("addresses: %s", got)
	}
	for _, network := range []string{"tcp", "udp"} {
		nettest.Serve(t, b, network, ":80", "b")
		nettest.Serve(t, w.node, network, nodeIP+":81", "node")
		nettest.Serve(t, w.node, network, "["+nodeIP6+"]:81", "node")
		nettest.Serve(t, w.elsewhere, network, ":82", "elsewhere")
		// Between pods, and between pods and the node, nothing is translated; to the world, the node speaks.
		nettest.Ask(t, a, network, "10.244.0.3:80", "b sees 10.244.0.2")
		nettest.Ask(t, a, network, "[fd00:244::3]:80", "b sees fd00:244::2")
		nettest.Ask(t, w.node, network, "10.244.0.3:80", "b sees 10.244.0.1")
		nettest.Ask(t, a, network, nodeIP+":81", "node sees 10.244.0.2")
		nettest.Ask(t, a, network, "["+nodeIP6+"]:81", "node sees fd00:244::2")
		nettest.Ask(t, a, network, elsewhereIP+":82", "elsewhere sees "+nodeIP)
		nettest.Ask(t, a, network, "["+elsewhereIP6+"]:82", "elsewhere sees "+nodeIP6)
	}
	nettest.Refused(t, a, "tcp", "10.244.0.99:80") // nobody's
	if got := nettest.Run(t, a, "ip", "-o", "link", "show", "eth0"); !strings.Contains(got, "mtu 1400") {
		t.Errorf("the MTU is not the uplink's: %s", got)
	}
	must(t, n.Close(t.Context(), false))
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}

func TestHostPorts(t *testing.T) {
	w := newWorld(t)
	before := w.snapshot(t)
	n := start(t, w.cfg)
	a, _ := realPod(t, n, "a",
		mapping("", 8080, 80, hostport.TCP), mapping("", 8080, 80, hostport.UDP),
		mapping("127.0.0.1", 8081, 80, hostport.TCP), mapping(nodeIP, 8082, 80, hostport.TCP))
	other, _ := realPod(t, n, "other")
	for _, network := range []string{"tcp", "udp"} {
		nettest.Serve(t, a, network, ":80", "a")
		nettest.Ask(t, w.elsewhere, network, nodeIP+":8080", "a sees "+elsewhereIP)
		nettest.Ask(t, w.elsewhere, network, "["+nodeIP6+"]:8080", "a sees "+elsewhereIP6)
		nettest.Ask(t, w.node, network, nodeIP+":8080", "a sees "+nodeIP)
		nettest.Ask(t, w.node, network, "127.0.0.1:8080", "a sees 10.244.0.1")
		nettest.Ask(t, w.node, network, "127.0.0.9:8080", "a sees 10.244.0.1")
		nettest.Refused(t, w.node, network, "[::1]:8080") // at once, as nobody listens
		nettest.Ask(t, w.node, network, "10.244.0.1:8080", "a sees 10.244.0.1")
		nettest.Ask(t, other, network, nodeIP+":8080", "a sees 10.244.0.3")
		nettest.Ask(t, other, network, "10.244.0.1:8080", "a sees 10.244.0.3")
		nettest.Ask(t, a, network, nodeIP+":8080", "a sees 10.244.0.1") // itself, through the node
		nettest.Ask(t, a, network, "["+nodeIP6+"]:8080", "a sees fd00:244::1")
	}
	nettest.Ask(t, w.node, "tcp", "127.0.0.1:8081", "a sees 10.244.0.1")
	nettest.Refused(t, w.node, "tcp", nodeIP+":8081")
	nettest.Refused(t, w.elsewhere, "tcp", nodeIP+":8081")
	nettest.Ask(t, w.elsewhere, "tcp", nodeIP+":8082", "a sees "+elsewhereIP)
	nettest.Ask(t, w.node, "tcp", nodeIP+":8082", "a sees "+nodeIP)
	nettest.Refused(t, w.node, "tcp", "127.0.0.1:8082")

	// The world's port 8080 is the world's, also for pods.
	nettest.Serve(t, w.elsewhere, "tcp", ":8080", "elsewhere")
	nettest.Ask(t, other, "tcp", elsewhereIP+":8080", "elsewhere sees "+nodeIP)
	nettest.Ask(t, w.node, "tcp", elsewhereIP+":8080", "elsewhere sees "+nodeIP)

	detach(t, n, "a")
	for _, network := range []string{"tcp", "udp"} {
		nettest.Refused(t, w.node, network, "127.0.0.1:8080")
		nettest.Refused(t, w.elsewhere, network, nodeIP+":8080")
	}
	must(t, n.Close(t.Context(), false))
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}

// TestNoPodReachesTheNodesLoopback sends what a hostile pod would: packets to 127.0.0.1 out of its interface. Links of pods
// with host ports let loopback addresses be routed, so this is the guard's work.
func TestNoPodReachesTheNodesLoopback(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	a, _ := realPod(t, n, "a", mapping("", 8080, 80, hostport.TCP))
	var secret net.PacketConn
	must(t, w.node.Do(func() (err error) { secret, err = net.ListenPacket("udp", "127.0.0.1:5000"); return err }))
	defer secret.Close()
	reached := func(wait time.Duration) bool {
		must(t, a.Do(func() error {
			c, err := net.Dial("udp", "127.0.0.1:5000")
			if err != nil {
				return err
			}
			defer c.Close()
			_, err = c.Write([]byte("let me in"))
			return err
		}))
		must(t, secret.SetReadDeadline(time.Now().Add(wait)))
		_, _, err := secret.ReadFrom(make([]byte, 20))
		return err == nil
	}
	nettest.Run(t, a, "ip", "route", "del", "table", "local", "127.0.0.0/8", "dev", "lo")
	nettest.Run(t, a, "ip", "route", "del", "table", "local", "127.0.0.1", "dev", "lo")
	nettest.Run(t, a, "ip", "route", "add", "127.0.0.0/8", "via", "169.254.1.1", "dev", "eth0", "onlink", "src", "10.244.0.2")
	must(t, a.Do(func() error { return os.WriteFile("/proc/sys/net/ipv4/conf/all/route_localnet", []byte("1"), 0) }))
	if reached(200 * time.Millisecond) {
		t.Error("a pod reached the loopback of the node")
	}
	nettest.Run(t, w.node, "nft", "flush", "chain", "inet", "argosy", "hostport_guard")
	if !reached(3 * time.Second) {
		t.Error("without the guard the pod does not reach it either, so this test shows nothing")
	}
	n.repairFilter()
	if reached(200 * time.Millisecond) {
		t.Error("a pod reached the loopback of the node after the repair")
	}
}

// TestAUDPClientFollowsThePort keeps one client socket while pods behind the port come and go.
func TestAUDPClientFollowsThePort(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	const client = elsewhereIP + ":4000"
	nettest.Serve(t, w.node, "udp", nodeIP+":5353", "node")
	nettest.AskFrom(t, w.elsewhere, "udp", client, nodeIP+":5353", "node sees "+elsewhereIP)
	for _, name := range []string{"first", "second"} {
		ns, _ := realPod(t, n, name, mapping("", 5353, 53, hostport.UDP))
		nettest.Serve(t, ns, "udp", ":53", name)
		nettest.AskFrom(t, w.elsewhere, "udp", client, nodeIP+":5353", name+" sees "+elsewhereIP)
		detach(t, n, name)
	}
	flows := func() string { return nettest.Run(t, w.node, "conntrack", "-L", "-p", "udp", "--dport", "5353") }
	nettest.Eventually(t, "the connection to the last pod is forgotten", func() bool { return !strings.Contains(flows(), "dport=5353") })
	nettest.AskFrom(t, w.elsewhere, "udp", client, nodeIP+":5353", "node sees "+elsewhereIP)
}

// TestSCTP needs a kernel with SCTP sockets; without, that the rules are there is all that can be seen.
func TestSCTP(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	realPod(t, n, "a", mapping("", 9999, 9, hostport.SCTP))
	if got := nettest.Run(t, w.node, "nft", "list", "map", "inet", "argosy", "hostport_any4"); !strings.Contains(got, "sctp . 9999 : 10.244.0.2 . 9") {
		t.Errorf("the map:\n%s", got)
	}
}

func TestAProcessThatWasKilledIsContinued(t *testing.T) {
	w := newWorld(t)
	before := w.snapshot(t)
	n := start(t, w.cfg)
	a, _ := realPod(t, n, "a", mapping("", 8080, 80, hostport.TCP))
	nettest.Serve(t, a, "tcp", ":80", "a")
	realPod(t, n, "dead")
	running := w.snapshot(t)
	n.kill()
	nettest.Ask(t, w.elsewhere, "tcp", nodeIP+":8080", "a sees "+elsewhereIP) // pods go on with no process
	if diff := cmp.Diff(running, w.snapshot(t)); diff != "" {
		t.Errorf("the death of the process changed:\n%s", diff)
	}

	nettest.Run(t, w.node, "nft", "flush", "ruleset") // meanwhile, an administrator
	nettest.Run(t, w.node, "ip", "route", "del", "10.244.0.2")
	n = start(t, w.cfg)
	if lost := prune(t, n, "a"); len(lost) != 0 {
		t.Errorf("lost: %q", lost)
	}
	nettest.Ask(t, w.elsewhere, "tcp", nodeIP+":8080", "a sees "+elsewhereIP)
	if n.kernel.Links.Present(attachment.Name("dead")) {
		t.Error("a link of a sandbox that is not kept is there")
	}
	b, ips := realPod(t, n, "b")
	if ips[0].String() != "10.244.0.4" {
		t.Errorf("b has %s", ips[0])
	}
	nettest.Ask(t, b, "tcp", "10.244.0.2:80", "a sees 10.244.0.4")
	must(t, n.Close(t.Context(), true))
	nettest.Ask(t, w.elsewhere, "tcp", nodeIP+":8080", "a sees "+elsewhereIP)

	n = start(t, w.cfg)
	nettest.In(t, w.node, func(h *netlink.Handle) error {
		l, err := h.LinkByName(attachment.Name("b"))
		if err != nil {
			return err
		}
		return h.LinkDel(l)
	})
	if lost := prune(t, n, "a", "b", "c"); !slices.Equal(lost, []string{"b", "c"}) {
		t.Errorf("lost: %q", lost)
	}
	must(t, n.Close(t.Context(), false))
	if diff := cmp.Diff(before, w.snapshot(t)); diff != "" {
		t.Errorf("left behind:\n%s", diff)
	}
}

// TestALinkWhoseRecordIsLost is what a lost state directory leaves.
func TestALinkWhoseRecordIsLost(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	realPod(t, n, "a")
	n.kill()
	w.cfg.StateDir = t.TempDir()
	n = start(t, w.cfg)
	defer n.Close(t.Context(), false)
	if lost := prune(t, n, "a"); !slices.Equal(lost, []string{"a"}) {
		t.Errorf("lost: %q", lost)
	}
	if n.kernel.Links.Present(attachment.Name("a")) {
		t.Error("a link that nobody knows is there")
	}
}

func TestANamespaceThatIsHeldLosesItsLink(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	ns, _ := realPod(t, n, "a")
	detach(t, n, "a")
	if got := nettest.Run(t, w.node, "ip", "route"); strings.Contains(got, "10.244.0.2") {
		t.Errorf("the route is there after the detach:\n%s", got)
	}
	nettest.Eventually(t, "the link is gone and its address free", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.pools[0].InUse() == 0
	})
	if got := nettest.Run(t, ns, "ip", "-o", "link"); strings.Contains(got, "eth0") {
		t.Errorf("the namespace has its link:\n%s", got)
	}
}

func TestTheFilterIsPutBack(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	a, _ := realPod(t, n, "a", mapping("", 8080, 80, hostport.TCP))
	nettest.Serve(t, a, "tcp", ":80", "a")
	whole := nettest.Run(t, w.node, "nft", "list", "ruleset")
	nettest.Run(t, w.node, "nft", "flush", "ruleset")
	nettest.Refused(t, w.node, "tcp", nodeIP+":8080")
	n.repairFilter()
	if diff := cmp.Diff(whole, nettest.Run(t, w.node, "nft", "list", "ruleset")); diff != "" {
		t.Error(diff)
	}
	nettest.Ask(t, w.node, "tcp", nodeIP+":8080", "a sees "+nodeIP)
}

func TestOneProcessANode(t *testing.T) {
	w := newWorld(t)
	n := start(t, w.cfg)
	again := w.cfg
	again.StateDir = t.TempDir()
	refused := func(want string) {
		t.Helper()
		_, err := Open(t.Context(), again)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), fmt.Sprintf("(process %d)", os.Getpid())) {
			t.Errorf("got %v", err)
		}
	}
	refused("the node argosy is run by another argosy on this host")
	again.Name = "second"
	refused("the pod range 10.244.0.0/24 is run by another argosy on this host")
	again.PodRanges = prefixes("10.245.0.0/24")
	second := start(t, again) // two nodes in one namespace do not disturb each other
	a, _ := realPod(t, n, "a")
	b, _ := realPod(t, second, "b")
	nettest.Serve(t, b, "tcp", ":80", "b")
	prune(t, n)
	nettest.Ask(t, a, "tcp", "10.245.0.2:80", "b sees 10.244.0.1") // to each the other is the world
	must(t, n.Close(t.Context(), false))
	nettest.Ask(t, w.node, "tcp", "10.245.0.2:80", "b sees 10.245.0.1")
	must(t, second.Close(t.Context(), false))
	n = start(t, w.cfg) // the lock went with the process
	must(t, n.Close(t.Context(), false))
}

func TestAFirewallIsReported(t *testing.T) {
	w := newWorld(t)
	nettest.Run(t, w.node, "nft", "add", "table", "ip", "filter")
	nettest.Run(t, w.node, "nft", "add", "chain", "ip", "filter", "FORWARD", "{ type filter hook forward priority 0 ; policy drop ; }")
	n := start(t, w.cfg)
	defer n.Close(t.Context(), false)
	if got := n.Warnings(); len(got) != 1 || !strings.Contains(got[0], "ip filter FORWARD") {
		t.Errorf("warnings: %q", got)
	}
}

// BenchmarkAttach is the whole of an attachment, with a host port and without; the namespace is made beforehand.
func BenchmarkAttach(b *testing.B) {
	for name, ports := range map[string]bool{"plain": false, "hostPort": true} {
		b.Run(name, func(b *testing.B) {
			w := newWorld(b)
			w.cfg.PodRanges = prefixes("10.244.0.0/20")
			n := start(b, w.cfg)
			var took []time.Duration
			i := 0
			for b.Loop() {
				b.StopTimer()
				ns, err := netns.New()
				must(b, err)
				i++
				p := pod(fmt.Sprint(i))
				p.NetNS = ns.Path()
				if ports {
					p.Ports = []PortMapping{{HostPort: uint16(i), ContainerPort: 80}}
				}
				b.StartTimer()
				began := time.Now()
				_, err = n.Attach(b.Context(), p)
				took = append(took, time.Since(began))
				must(b, err)
				b.StopTimer()
				must(b, n.Detach(b.Context(), p.SandboxID, p.NetNS))
				must(b, ns.Close())
				b.StartTimer()
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-p50")
			b.ReportMetric(float64(took[len(took)*9/10].Microseconds()), "µs-p90")
			must(b, n.Close(b.Context(), false))
		})
	}
}

// BenchmarkDetach is what a caller waits for; links go later.
func BenchmarkDetach(b *testing.B) {
	w := newWorld(b)
	w.cfg.PodRanges = prefixes("10.244.0.0/20")
	n := start(b, w.cfg)
	i := 0
	for b.Loop() {
		b.StopTimer()
		ns, err := netns.New()
		must(b, err)
		i++
		p := pod(fmt.Sprint(i), PortMapping{HostPort: 80, ContainerPort: 80})
		p.NetNS = ns.Path()
		_, err = n.Attach(b.Context(), p)
		must(b, err)
		b.StartTimer()
		must(b, n.Detach(b.Context(), p.SandboxID, p.NetNS))
		b.StopTimer()
		must(b, ns.Close())
		b.StartTimer()
	}
	must(b, n.Close(b.Context(), false))
}

// BenchmarkOpenClose is what a start and a stop of the process cost.
func BenchmarkOpenClose(b *testing.B) {
	w := newWorld(b)
	for b.Loop() {
		must(b, start(b, w.cfg).Close(b.Context(), false))
	}
}
