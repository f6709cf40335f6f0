package authn

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/asn1"

	"argosy.dev/access"
	"argosy.dev/access/certificates"
	"argosy.dev/access/token"
)

// cluster is keys, tokens and an authenticator, as a server has them.
type cluster struct {
	pki    *certificates.PKI
	issuer *token.Issuer
	authn  *Authenticator

	mu   sync.Mutex
	skew time.Duration
}

func (c *cluster) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.skew)
}

func (c *cluster) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.skew += d
}

func (c *cluster) Find(kind token.Kind, namespace, name string) (token.Object, bool) {
	return token.Object{UID: name + "-uid"}, name != "gone"
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	host := certificates.Host{HostName: "box", NodeName: "node-1", Listen: "127.0.0.1:0"}
	pki, err := certificates.Open(certificates.Options{
		Dir: t.TempDir(), NodeName: "node-1", Node: certificates.NodeNames(host),
		APIServer: certificates.APIServerNames(host, net.IPv4(10, 96, 0, 1), "cluster.local"),
	})
	if err != nil {
		t.Fatal(err)
	}
	keys, err := token.NewKeys(pki.TokenKeys().Signing, pki.TokenKeys().Accepted...)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{pki: pki}
	c.issuer = token.NewIssuer(token.DefaultIssuer, nil, keys, c.now)
	c.authn = New(token.NewVerifier(token.DefaultIssuer, nil, keys, c, c.now), pki.CA().Pool(), c.now)
	return c
}

func (c *cluster) token(t testing.TB, name string) string {
	t.Helper()
	issued, err := c.issuer.Issue(token.Request{
		Namespace: "shop", ServiceAccount: token.Ref{Name: name, UID: name + "-uid"}, Pod: &token.Ref{Name: "p", UID: "p-uid"}})
	if err != nil {
		t.Fatal(err)
	}
	return issued.Token
}

func TestBearer(t *testing.T) {
	c := newCluster(t)
	good := c.token(t, "cart")
	const account, nobody = "system:serviceaccount:shop:cart", access.Anonymous
	tests := []struct {
		name, header, user string
	}{
		{"good", "Bearer " + good, account},
		{"lower case", "bearer " + good, account},
		{"blanks around", "  Bearer " + good + " ", account},
		{"more behind", "Bearer " + good + " more", account},
		{"no header", "", nobody},
		{"no token", "Bearer", nobody},
		{"two blanks", "Bearer  " + good, nobody},
		{"another scheme", "Basic YTpi", nobody},
		{"scheme glued on", "Bearer" + good, nobody},
		{"garbage", "Bearer abc", ""},
		{"cut short", "Bearer " + good[:len(good)-4], ""},
		{"account gone", "Bearer " + c.token(t, "gone"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/api", nil)
			r.Header.Set("Authorization", tt.header)
			user, ok, err := c.authn.Authenticate(r)
			if tt.user == "" {
				if ok || user != nil || !errors.Is(err, ErrInvalidToken) || strings.Contains(err.Error(), good) {
					t.Errorf("got %v, %v, %v", user, ok, err)
				}
				return
			}
			if err != nil || !ok || user.Name != tt.user {
				t.Errorf("got %v, %v, %v", user, ok, err)
			}
			if r.Header.Get("Authorization") != "" {
				t.Error("the credential is still in the request")
			}
		})
	}
}

func TestAnonymousHasNothingButItsGroup(t *testing.T) {
	c := newCluster(t)
	user, ok, err := c.authn.Authenticate(httptest.NewRequest("GET", "/", nil))
	want := &access.User{Name: "system:anonymous", Groups: []string{"system:unauthenticated"}}
	if diff := cmp.Diff(want, user); diff != "" || !ok || err != nil {
		t.Errorf("%v, %v (-want +got):\n%s", ok, err, diff)
	}
}

// serve runs a server that records what Authenticate says of every request.
func serve(t testing.TB, c *cluster) (address string, seen func() []*access.User) {
	t.Helper()
	var mu sync.Mutex
	var users []*access.User
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, ok, err := c.authn.Authenticate(r)
		if !ok || err != nil {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		users = append(users, user)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: handler, TLSConfig: c.pki.APIServer().UsersTLSConfig(c.pki.CA()), ConnContext: c.authn.ConnContext}
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(listener, "", "") }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return "https://" + listener.Addr().String(), func() []*access.User {
		mu.Lock()
		defer mu.Unlock()
		defer func() { users = nil }()
		return users
	}
}

func client(t testing.TB, c *cluster, pair certificates.Pair, http2 bool) *http.Client {
	t.Helper()
	config := &tls.Config{RootCAs: c.pki.CA().Pool()}
	if pair.CertPEM != nil {
		cert, err := pair.TLS()
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{cert}
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: http2}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t testing.TB, c *http.Client, url, bearer string) (status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	if bearer != "" {
		r.Header.Set("Authorization", "Bearer "+bearer)
	}
	response, err := c.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	response.Body.Close()
	if want := c.Transport.(*http.Transport).ForceAttemptHTTP2; (response.ProtoMajor == 2) != want {
		t.Errorf("protocol %s", response.Proto)
	}
	return response.StatusCode
}

func TestCertificateOverTLS(t *testing.T) {
	c := newCluster(t)
	url, seen := serve(t, c)
	for _, http2 := range []bool{false, true} {
		admin := client(t, c, c.pki.Client(certificates.Admin), http2)
		for range 3 {
			get(t, admin, url, "")
		}
		// The certificate goes before a token, as in Kubernetes.
		get(t, admin, url, c.token(t, "cart"))
		users := seen()
		if len(users) != 4 {
			t.Fatalf("%d requests passed", len(users))
		}
		first := users[0]
		if id := first.Extra[access.CredentialIDKey]; len(id) != 1 || !strings.HasPrefix(id[0], "X509SHA256=") || len(id[0]) != len("X509SHA256=")+64 {
			t.Errorf("credential %v", id)
		}
		want := &access.User{Name: "argosy-admin", Groups: []string{"system:masters", "system:authenticated"}, Extra: first.Extra}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for i, user := range users {
			if user != first {
				t.Errorf("request %d: the identity was worked out again", i)
			}
		}

		get(t, client(t, c, c.pki.Client(certificates.Node), http2), url, "")
		stranger := client(t, c, certificates.Pair{}, http2)
		get(t, stranger, url, "")
		get(t, stranger, url, c.token(t, "cart"))
		var names []string
		for _, user := range seen() {
			names = append(names, user.Name)
		}
		if diff := cmp.Diff([]string{"system:node:node-1", "system:anonymous", "system:serviceaccount:shop:cart"}, names); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestCertificateThatExpiresOnAConnection(t *testing.T) {
	c := newCluster(t)
	url, _ := serve(t, c)
	pair, err := c.pki.IssueClient("jane", nil, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	jane := client(t, c, pair, true)
	for _, step := range []struct {
		advance time.Duration
		status  int
	}{{0, 200}, {59 * time.Minute, 200}, {2 * time.Minute, 401}, {-2 * time.Hour, 401}, {time.Hour, 200}} {
		c.advance(step.advance)
		if got := get(t, jane, url, ""); got != step.status {
			t.Errorf("after %v more: %d, want %d", step.advance, got, step.status)
		}
	}
}

func TestSubjects(t *testing.T) {
	uid := func(value any) pkix.AttributeTypeAndValue {
		return pkix.AttributeTypeAndValue{Type: asn1.X509UID(), Value: value}
	}
	tests := []struct {
		name    string
		subject pkix.Name
		want    *access.User // nil: refused
	}{
		{"groups", pkix.Name{CommonName: "jane", Organization: []string{"dev", "ops"}},
			&access.User{Name: "jane", Groups: []string{"dev", "ops", "system:authenticated"}}},
		{"groups that are not for certificates to give", pkix.Name{CommonName: "jane", Organization: []string{"system:unauthenticated", "system:authenticated"}},
			&access.User{Name: "jane", Groups: []string{"system:authenticated"}}},
		{"UID", pkix.Name{CommonName: "jane", Names: []pkix.AttributeTypeAndValue{uid("1-2-3")}},
			&access.User{Name: "jane", UID: "1-2-3", Groups: []string{"system:authenticated"}}},
		{"two UIDs", pkix.Name{CommonName: "jane", Names: []pkix.AttributeTypeAndValue{uid("1"), uid("2")}}, nil},
		{"UID that is no string", pkix.Name{CommonName: "jane", Names: []pkix.AttributeTypeAndValue{uid(1)}}, nil},
		{"no name", pkix.Name{Organization: []string{"system:masters"}}, anonymous},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newCluster(t)
			leaf := &x509.Certificate{Subject: tt.subject, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
			r := httptest.NewRequest("GET", "/", nil)
			r.TLS = &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf}}}
			r = r.WithContext(c.authn.ConnContext(r.Context(), nil))
			for range 2 {
				user, ok, err := c.authn.Authenticate(r)
				if tt.want == nil {
					if ok || err == nil {
						t.Errorf("accepted as %v", user)
					}
					continue
				}
				if err != nil || !ok {
					t.Fatal(err)
				}
				if user != anonymous {
					user = &access.User{Name: user.Name, UID: user.UID, Groups: user.Groups}
				}
				if diff := cmp.Diff(tt.want, user); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			}
		})
	}
}

// A certificate that is not good is refused, with an answer: the handshake goes through.
func TestRefusedCertificates(t *testing.T) {
	c, other := newCluster(t), newCluster(t)
	url, seen := serve(t, c)
	misused, err := c.pki.IssueServer("web", certificates.Names{DNS: []string{"web"}})
	if err != nil {
		t.Fatal(err)
	}
	short, err := c.pki.IssueClient("jane", []string{"system:masters"}, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	c.advance(time.Hour)
	for name, pair := range map[string]certificates.Pair{"another cluster's": other.pki.Client(certificates.Admin), "a server's": misused, "an expired one": short} {
		for _, http2 := range []bool{false, true} {
			refused := client(t, c, pair, http2)
			for range 2 {
				if status := get(t, refused, url, c.token(t, "cart")); status != http.StatusUnauthorized {
					t.Errorf("%s certificate got %d", name, status)
				}
			}
		}
	}
	if users := seen(); len(users) != 0 {
		t.Errorf("%d requests passed", len(users))
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{{Subject: pkix.Name{CommonName: "jane", Organization: []string{"system:masters"}}}}}
	if user, ok, err := c.authn.Authenticate(r); ok || err == nil {
		t.Errorf("without a signature it passed as %v", user)
	}
}

func TestConcurrentRequestsOfOneConnection(t *testing.T) {
	c := newCluster(t)
	url, seen := serve(t, c)
	admin := client(t, c, c.pki.Client(certificates.Admin), true)
	bearer := client(t, c, certificates.Pair{}, true)
	tok := c.token(t, "cart")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 10 {
				get(t, admin, url, "")
				get(t, bearer, url, tok)
			}
		})
	}
	all.Wait()
	count := map[string]int{}
	for _, user := range seen() {
		count[user.Name]++
	}
	if diff := cmp.Diff(map[string]int{"argosy-admin": 80, "system:serviceaccount:shop:cart": 80}, count); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func BenchmarkAuthenticate(b *testing.B) {
	c := newCluster(b)
	cert, err := c.pki.Client(certificates.Admin).TLS()
	if err != nil {
		b.Fatal(err)
	}
	state := &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{cert.Leaf, c.pki.CA().Certificate}}}
	run := func(name string, ctx context.Context, state *tls.ConnectionState, header string) {
		b.Run(name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/api/v1/pods", nil).WithContext(ctx)
			r.TLS = state
			b.ReportAllocs()
			for b.Loop() {
				r.Header.Set("Authorization", header)
				if _, ok, err := c.authn.Authenticate(r); !ok {
					b.Fatal(err)
				}
			}
		})
	}
	connection := c.authn.ConnContext(context.Background(), nil)
	run("certificate", connection, state, "")
	run("certificate/first request", context.Background(), state, "")
	run("token", connection, nil, "Bearer "+c.token(b, "cart"))
	run("anonymous", connection, nil, "")
}
