package certificates

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"time"
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour

	// skew is how far behind ours another machine's clock may be and still accept what we issue now.
	skew = 5 * time.Minute
)

// Authority issues certificates. It is immutable and safe for concurrent use.
type Authority struct {
	Certificate *x509.Certificate
	CertPEM     []byte
	key         crypto.Signer
}

// Pool is a pool with the authority alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return pool
}

// openAuthority reads NAME.crt and NAME.key, or makes them.
func openAuthority(d *directory, name string, now time.Time) (*Authority, error) {
	keyFile, certFile := name+".key", name+".crt"
	certData, err := d.read(certFile, publicMode)
	if err != nil {
		return nil, err
	}
	key, err := openKey(d, keyFile, certFile, certData != nil)
	if err != nil {
		return nil, err
	}
	if certData == nil {
		return newAuthority(d, name, key, now)
	}

	path := d.path(certFile)
	cert, err := parseCertificate(certData)
	if err != nil {
		return nil, wrong(path, restore, err)
	}
	switch {
	case !samePublicKey(key.Public(), cert.PublicKey):
		err = fmt.Errorf("belongs to another key than %s", d.path(keyFile))
	case !cert.IsCA || cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0:
		err = errors.New("may not issue certificates")
	case now.After(cert.NotAfter):
		return nil, wrong(path, startOver, fmt.Errorf("expired on %s", cert.NotAfter.Format(time.DateOnly)))
	case now.Add(skew).Before(cert.NotBefore):
		return nil, wrong(path, "set this machine's clock", fmt.Errorf("not valid before %s, and the clock says %s",
			cert.NotBefore.Format(time.RFC3339), now.UTC().Format(time.RFC3339)))
	}
	if err != nil {
		return nil, wrong(path, restore, err)
	}
	return &Authority{Certificate: cert, CertPEM: encodeCertificate(cert.Raw), key: key}, nil
}

// openKey reads a private key, or makes one. If something derived from it exists, the key must exist too.
func openKey(d *directory, keyFile, derived string, derivedExists bool) (crypto.Signer, error) {
	data, err := d.read(keyFile, privateMode)
	if err != nil {
		return nil, err
	}
	path := d.path(keyFile)
	if data != nil {
		key, err := parseKey(data)
		if err != nil {
			return nil, wrong(path, restore, err)
		}
		return key, nil
	}
	if derivedExists {
		return nil, wrong(path, restore, fmt.Errorf("missing or empty, although %s is there", d.path(derived)))
	}
	key, err := newKey()
	if err != nil {
		return nil, fmt.Errorf("making the key %s: %w", path, err)
	}
	if data, err = encodeKey(key); err != nil {
		return nil, fmt.Errorf("encoding the key %s: %w", path, err)
	}
	d.write(keyFile, data, privateMode)
	return key, nil
}

func newAuthority(d *directory, name string, key crypto.Signer, now time.Time) (*Authority, error) {
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: authorityName(name)},
		NotBefore:             now.Add(-skew),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the authority %s: %w", d.path(name+".crt"), err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("making the authority %s: %w", d.path(name+".crt"), err)
	}
	a := &Authority{Certificate: cert, CertPEM: encodeCertificate(der), key: key}
	d.write(name+".crt", a.CertPEM, publicMode)
	return a, nil
}

// authorityName is the common name of an authority that this package makes.
func authorityName(file string) string { return "argosy-" + file }

// issued is true if a certificate was issued by this authority or by an earlier one of the same name.
func (a *Authority) issued(cert *x509.Certificate, name string) bool {
	return bytes.Equal(cert.RawIssuer, a.Certificate.RawSubject) || cert.Issuer.CommonName == authorityName(name)
}

// issue makes a key and a certificate for it that ends no later than the authority itself.
func (a *Authority) issue(r request, life time.Duration, now time.Time) (Pair, *x509.Certificate, error) {
	key, err := newKey()
	if err != nil {
		return Pair{}, nil, fmt.Errorf("making a key for %s: %w", r, err)
	}
	template := r.template()
	template.NotBefore = latest(now.Add(-skew), a.Certificate.NotBefore)
	template.NotAfter = earliest(now.Add(life), a.Certificate.NotAfter)
	der, err := x509.CreateCertificate(rand.Reader, template, a.Certificate, key.Public(), a.key)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("issuing a certificate for %s: %w", r, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("issuing a certificate for %s: %w", r, err)
	}
	keyPEM, err := encodeKey(key)
	if err != nil {
		return Pair{}, nil, fmt.Errorf("encoding the key of %s: %w", r, err)
	}
	return Pair{CertPEM: encodeCertificate(der), KeyPEM: keyPEM}, cert, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
