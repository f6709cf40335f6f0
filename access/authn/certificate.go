package authn

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/apis/asn1"

	"argosy.dev/access"
)

// holder is who a verified certificate belongs to.
type holder struct {
	user  *access.User // nil for a certificate that names nobody
	err   error        // why the certificate is not good, whatever the time
	from  time.Time    // the chain is good from then
	until time.Time    // until then
}

// connectionKey is the key of a connection's *atomic.Pointer[holder] in a request's context.
type connectionKey struct{}

// ConnContext is for [http.Server]: it gives each connection a place where its identity is kept after the first request.
func (a *Authenticator) ConnContext(ctx context.Context, _ net.Conn) context.Context {
	return context.WithValue(ctx, connectionKey{}, new(atomic.Pointer[holder]))
}

// certificate returns nil if the client showed no certificate. It is verified once for a connection, by TLS or at the first
// request; that it is still valid is for every request to see, as connections last long.
func (a *Authenticator) certificate(r *http.Request) (*access.User, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates)+len(r.TLS.VerifiedChains) == 0 {
		return nil, nil
	}
	var h *holder
	place, _ := r.Context().Value(connectionKey{}).(*atomic.Pointer[holder])
	if place != nil {
		h = place.Load()
	}
	if h == nil {
		h = a.readConnection(r.TLS)
		if place != nil {
			place.Store(h) // two first requests at the same time store the same
		}
	}
	if h.err != nil {
		return nil, h.err
	}
	now := a.now()
	if now.After(h.until) {
		return nil, errors.New("the client certificate has expired")
	}
	if now.Before(h.from) {
		return nil, errors.New("the client certificate is not valid yet; do the clocks agree?")
	}
	return h.user, nil
}

// readConnection finds out who the certificate belongs to that a client showed.
func (a *Authenticator) readConnection(state *tls.ConnectionState) *holder {
	if len(state.VerifiedChains) > 0 {
		return readHolder(state.VerifiedChains[0])
	}
	shown := state.PeerCertificates // the client's own, and those that lead to an authority
	opts := x509.VerifyOptions{Roots: a.clients, Intermediates: x509.NewCertPool(), CurrentTime: a.now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	for _, cert := range shown[1:] {
		opts.Intermediates.AddCert(cert)
	}
	chains, err := shown[0].Verify(opts)
	if err != nil {
		return &holder{err: fmt.Errorf("verifying the client certificate of %q: %w", shown[0].Subject.CommonName, err)}
	}
	return readHolder(chains[0])
}

// readHolder reads the user, as Kubernetes defines it, from the first certificate of a verified chain.
func readHolder(chain []*x509.Certificate) *holder {
	leaf := chain[0]
	h := &holder{from: leaf.NotBefore, until: leaf.NotAfter}
	for _, cert := range chain[1:] {
		if cert.NotAfter.Before(h.until) {
			h.until = cert.NotAfter
		}
	}
	if leaf.Subject.CommonName == "" {
		return h
	}
	uid, err := subjectUID(leaf.Subject)
	if err != nil {
		h.err = err
		return h
	}
	sum := sha256.Sum256(leaf.Raw)
	h.user = &access.User{
		Name:   leaf.Subject.CommonName,
		UID:    uid,
		Groups: withAuthenticated(leaf.Subject.Organization),
		Extra:  map[string][]string{access.CredentialIDKey: {"X509SHA256=" + hex.EncodeToString(sum[:])}},
	}
	return h
}

// subjectUID is the UID that the subject gives its user, "" for none. It may give one only.
func subjectUID(subject pkix.Name) (string, error) {
	uid := ""
	for _, attribute := range subject.Names {
		if !attribute.Type.Equal(asn1.X509UID()) {
			continue
		}
		value, ok := attribute.Value.(string)
		if !ok || value == "" || uid != "" {
			return "", errors.New("the client certificate's UID is not one string")
		}
		uid = value
	}
	return uid, nil
}

// withAuthenticated adds the group of everyone who proved who they are. Nobody gets the opposite group by a certificate.
func withAuthenticated(groups []string) []string {
	out := make([]string, 0, len(groups)+1)
	for _, g := range groups {
		if g != access.Authenticated && g != access.Unauthenticated {
			out = append(out, g)
		}
	}
	return append(out, access.Authenticated)
}
