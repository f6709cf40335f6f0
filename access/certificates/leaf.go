package certificates

import (
	"crypto/x509"
	"errors"
	"time"
)

// leaf is one disposable certificate on disk.
type leaf struct {
	name    string // of the file, without .pem
	request request

	pair Pair
	cert *x509.Certificate // nil until opened
}

func (l *leaf) file() string { return l.name + ".pem" }

// open reads the file. l.cert stays nil if there is none yet.
func (l *leaf) open(d *directory, ca *Authority) error {
	data, err := d.read(l.file(), privateMode)
	if err != nil || data == nil {
		return err
	}
	const advice = "remove it, a new one is made at the next start"
	pair, cert, err := parsePair(data)
	if err != nil {
		return wrong(d.path(l.file()), advice, err)
	}
	if !ca.issued(cert, caFile) {
		return wrong(d.path(l.file()), advice, errors.New("issued by "+cert.Issuer.String()+", not by this cluster"))
	}
	l.pair, l.cert = pair, cert
	return nil
}

// due is true if the certificate must be issued anew: it is missing, for somebody else, by an earlier authority, or it has
// less than a third of its life left. A certificate that ends with its authority cannot get better by renewal.
func (l *leaf) due(ca *Authority, now time.Time) bool {
	if l.cert == nil || !l.request.describes(l.cert) || l.cert.CheckSignatureFrom(ca.Certificate) != nil {
		return true
	}
	if now.Before(l.cert.NotBefore) {
		return true
	}
	life := l.cert.NotAfter.Sub(l.cert.NotBefore)
	return now.After(l.cert.NotAfter.Add(-life/3)) && l.cert.NotAfter.Before(ca.Certificate.NotAfter)
}
