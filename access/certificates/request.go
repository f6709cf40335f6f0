package certificates

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"slices"
)

// request says what a certificate is for: a client (a user and groups) or a server (names and addresses).
type request struct {
	user   string   // common name
	groups []string // organizations
	names  Names
	usage  x509.ExtKeyUsage
}

func clientRequest(user string, groups []string) request {
	return request{user: user, groups: groups, usage: x509.ExtKeyUsageClientAuth}
}

func serverRequest(name string, groups []string, names Names) request {
	return request{user: name, groups: groups, names: names.normal(), usage: x509.ExtKeyUsageServerAuth}
}

func (r request) String() string {
	if r.usage == x509.ExtKeyUsageServerAuth {
		return "server " + r.user
	}
	return "user " + r.user
}

func (r request) check() error {
	switch {
	case r.user == "":
		return errors.New("a certificate needs a name")
	case r.usage == x509.ExtKeyUsageServerAuth && len(r.names.DNS)+len(r.names.IPs) == 0:
		return errors.New("a server certificate needs a name or an address")
	}
	return nil
}

func (r request) template() *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: r.user, Organization: r.groups},
		DNSNames:              r.names.DNS,
		IPAddresses:           r.names.IPs,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{r.usage},
		BasicConstraintsValid: true,
	}
}

// describes is true if cert is what the request would give, but for its key and dates.
func (r request) describes(cert *x509.Certificate) bool {
	return cert.Subject.CommonName == r.user &&
		slices.Equal(slices.Sorted(slices.Values(cert.Subject.Organization)), slices.Sorted(slices.Values(r.groups))) &&
		slices.Equal(cert.ExtKeyUsage, []x509.ExtKeyUsage{r.usage}) &&
		slices.Equal(cert.DNSNames, r.names.DNS) &&
		slices.EqualFunc(cert.IPAddresses, r.names.IPs, net.IP.Equal)
}
