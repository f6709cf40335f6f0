package certificates

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync/atomic"
)

// Serving is a server's current certificate. It can be exchanged while the server runs: connections that stand keep the
// certificate they began with, new ones get the new one. The zero value has none yet.
type Serving struct {
	current atomic.Pointer[tls.Certificate]
}

// Set exchanges the certificate.
func (s *Serving) Set(p Pair) error {
	cert, err := p.TLS()
	if err != nil {
		return fmt.Errorf("taking a server certificate into use: %w", err)
	}
	s.current.Store(&cert)
	return nil
}

// GetCertificate is for [tls.Config].
func (s *Serving) GetCertificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	if cert := s.current.Load(); cert != nil {
		return cert, nil
	}
	return nil, errors.New("the server has no certificate yet")
}

// TLSConfig is a server's configuration: HTTP/2 and HTTP/1.1, the certificate as s has it, and clients that may show a
// certificate, which then must be from the given authority. No other authority may join it in ClientCAs: authn takes every
// certificate that TLS verified for a user's.
func (s *Serving) TLSConfig(clients *Authority) *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: s.GetCertificate,
		ClientAuth:     tls.VerifyClientCertIfGiven,
		ClientCAs:      clients.Pool(),
	}
}

// UsersTLSConfig is TLSConfig for the API server: a certificate of another authority, or one that has expired, does not end
// the handshake, where a client learns little of why. Whoever serves must verify what it gets; authn does, and answers 401 as
// Kubernetes does.
func (s *Serving) UsersTLSConfig(clients *Authority) *tls.Config {
	c := s.TLSConfig(clients)
	c.ClientAuth = tls.RequestClientCert
	return c
}
