package certificates

import (
	"crypto/rand"
	"crypto/x509"
	"fmt"
	"time"
)

// Sign issues a certificate for the subject, names and key of a request, in PEM; see
// controllers/certificates. It ends no later than the authority itself, and is never one.
func (a *Authority) Sign(r *x509.CertificateRequest, usage x509.KeyUsage, extended []x509.ExtKeyUsage, life time.Duration, now time.Time) ([]byte, error) {
	template := &x509.Certificate{
		Subject: r.Subject, DNSNames: r.DNSNames, IPAddresses: r.IPAddresses, EmailAddresses: r.EmailAddresses, URIs: r.URIs,
		KeyUsage: usage, ExtKeyUsage: extended, BasicConstraintsValid: true,
		NotBefore: latest(now.Add(-skew), a.Certificate.NotBefore),
		NotAfter:  earliest(now.Add(life), a.Certificate.NotAfter),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, r.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("signing a certificate for %s: %w", r.Subject, err)
	}
	return encodeCertificate(der), nil
}
