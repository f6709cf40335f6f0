package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"slices"
	"testing"
	"time"
)

// handshake connects a client to the API server's TLS configuration and returns what the server learnt.
func handshake(t *testing.T, p *PKI, client Pair, name string) tls.ConnectionState {
	t.Helper()
	state, err := tryHandshake(t, p, p.APIServer().TLSConfig(p.CA()), client, name)
	if err != nil {
		t.Fatalf("handshake as %s: %v", name, err)
	}
	return state
}

func tryHandshake(t *testing.T, p *PKI, server *tls.Config, client Pair, name string) (tls.ConnectionState, error) {
	t.Helper()
	config := &tls.Config{RootCAs: p.CA().Pool(), ServerName: name, Time: p.now}
	if client.CertPEM != nil {
		cert, err := client.TLS()
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{cert}
	}
	server = server.Clone()
	server.Time = p.now
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	clientErr := make(chan error, 1)
	go func() {
		conn := tls.Client(a, config)
		err := conn.Handshake()
		if err != nil {
			a.Close()
		} else {
			// In TLS 1.3 the server's verdict on the client certificate comes after the client's handshake.
			_, err = conn.Read(make([]byte, 1))
		}
		clientErr <- err
	}()
	conn := tls.Server(b, server)
	err := conn.Handshake()
	if err == nil {
		_, err = conn.Write([]byte("x"))
	}
	b.Close()
	if cerr := <-clientErr; err == nil {
		err = cerr
	}
	return conn.ConnectionState(), err
}

func TestClientsAndServersKnowEachOther(t *testing.T) {
	p := mustOpen(t, testOptions(t.TempDir()))
	clients := []struct {
		client Client
		user   string
		groups []string
	}{
		{Admin, "argosy-admin", []string{"system:masters"}},
		{ControllerManager, "system:kube-controller-manager", nil},
		{Scheduler, "system:kube-scheduler", nil},
		{Node, "system:node:node-1", []string{"system:nodes"}},
	}
	for _, c := range clients {
		state := handshake(t, p, p.Client(c.client), "kubernetes")
		leaf := state.VerifiedChains[0][0]
		if leaf.Subject.CommonName != c.user || !slices.Equal(leaf.Subject.Organization, c.groups) {
			t.Errorf("%s is %v", c.client, leaf.Subject)
		}
	}
	if state := handshake(t, p, Pair{}, "kubernetes"); len(state.VerifiedChains) != 0 {
		t.Error("a client without certificate has a chain")
	}
	for _, name := range []string{"kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost",
		"box", "node-1", "127.0.0.1", "::1", "192.0.2.7", "10.96.0.1", "198.51.100.9"} {
		handshake(t, p, Pair{}, name)
	}
	if _, err := tryHandshake(t, p, p.NodeServer().TLSConfig(p.CA()), p.Client(Admin), "node-1"); err != nil {
		t.Errorf("the node's server: %v", err)
	}
	if _, err := tryHandshake(t, p, p.APIServer().TLSConfig(p.CA()), Pair{}, "example.com"); err == nil {
		t.Error("the server passes for example.com")
	}
}

func TestForeignAndMisusedClientCertificatesAreRefused(t *testing.T) {
	p := mustOpen(t, testOptions(t.TempDir()))
	other := mustOpen(t, testOptions(t.TempDir()))
	server, err := p.IssueServer("web", Names{DNS: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	expired, _, err := p.ca.issue(clientRequest("late", nil), time.Minute, testNow.Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	// The test's clock is at the authority's beginning, so a certificate of an hour ago has to be made valid from then on
	// by moving the clock instead.
	p.now = func() time.Time { return testNow.Add(time.Hour) }
	for name, pair := range map[string]Pair{"another cluster's": other.Client(Admin), "a server's": server, "an expired one": expired} {
		if _, err := tryHandshake(t, p, p.APIServer().TLSConfig(p.CA()), pair, "localhost"); err == nil {
			t.Errorf("%s certificate was accepted", name)
		}
	}
}

func TestIssueOnDemand(t *testing.T) {
	p := mustOpen(t, testOptions(t.TempDir()))
	pair, err := p.IssueClient("jane", []string{"dev", "ops"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	leaf := handshake(t, p, pair, "localhost").VerifiedChains[0][0]
	if leaf.Subject.CommonName != "jane" || !slices.Equal(leaf.Subject.Organization, []string{"dev", "ops"}) {
		t.Errorf("subject %v", leaf.Subject)
	}
	if !leaf.NotAfter.Equal(testNow.Add(time.Hour)) || !leaf.NotBefore.Equal(testNow.Add(-skew)) {
		t.Errorf("valid from %v to %v", leaf.NotBefore, leaf.NotAfter)
	}

	pair, err = p.IssueServer("web", Names{DNS: []string{"web.example"}, IPs: []net.IP{net.IPv4(192, 0, 2, 1)}})
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := pair.TLS()
	for _, name := range []string{"web.example", "192.0.2.1"} {
		opts := x509.VerifyOptions{DNSName: name, Roots: p.CA().Pool(), CurrentTime: testNow}
		if _, err := cert.Leaf.Verify(opts); err != nil {
			t.Error(err)
		}
	}

	if _, err := p.IssueClient("", nil, time.Hour); err == nil {
		t.Error("a client without a name")
	}
	if _, err := p.IssueClient("jane", nil, 0); err == nil {
		t.Error("a certificate valid for no time")
	}
	if _, err := p.IssueServer("web", Names{}); err == nil {
		t.Error("a server without names")
	}
}

func TestNames(t *testing.T) {
	tests := []struct {
		name string
		host Host
		want Names
	}{
		{"every address", Host{HostName: "Box", NodeName: "box", Listen: "0.0.0.0:6443", IPs: []net.IP{net.ParseIP("192.0.2.1"), net.IPv4(127, 0, 0, 1)}},
			Names{DNS: []string{"box", "localhost"}, IPs: []net.IP{net.ParseIP("::1"), net.ParseIP("127.0.0.1"), net.ParseIP("192.0.2.1")}}},
		{"no host in listen", Host{Listen: ":6443"}, Names{DNS: []string{"localhost"}, IPs: []net.IP{net.ParseIP("::1"), net.ParseIP("127.0.0.1")}}},
		{"localhost", Host{Listen: "localhost:0"}, Names{DNS: []string{"localhost"}, IPs: []net.IP{net.ParseIP("::1"), net.ParseIP("127.0.0.1")}}},
		{"IPv6", Host{Listen: "[2001:db8::1]:6443"}, Names{DNS: []string{"localhost"},
			IPs: []net.IP{net.ParseIP("::1"), net.ParseIP("127.0.0.1"), net.ParseIP("2001:db8::1")}}},
	}
	for _, tt := range tests {
		got := NodeNames(tt.host)
		if !slices.Equal(got.DNS, tt.want.DNS) || !slices.EqualFunc(got.IPs, tt.want.IPs, net.IP.Equal) {
			t.Errorf("%s: %v %v, want %v %v", tt.name, got.DNS, got.IPs, tt.want.DNS, tt.want.IPs)
		}
	}
	if _, err := InterfaceIPs(); err != nil {
		t.Error(err)
	}
}
