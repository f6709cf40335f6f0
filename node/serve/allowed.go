package serve

import (
	"crypto/x509"
	"fmt"
	"net/http"
	"slices"
)

// Who may use a node's API: the API server by its client certificate, and who may do everything anyway.
const (
	APIServerUser      = "kube-apiserver-kubelet-client"
	administratorGroup = "system:masters"
)

// only lets through who may. The server's TLS configuration has verified the certificate, against the authority of the cluster's clients alone.
func (n *node) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
			http.Error(w, "Unauthorized", http.StatusUnauthorized)
			return
		}
		if cert := r.TLS.VerifiedChains[0][0]; !allowed(cert) {
			http.Error(w, fmt.Sprintf("Forbidden (user=%s): a node's API is for the API server", cert.Subject.CommonName), http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// allowed decides by the certificate's subject: the user is its common name, the groups are its organizations.
func allowed(cert *x509.Certificate) bool {
	return cert.Subject.CommonName == APIServerUser || slices.Contains(cert.Subject.Organization, administratorGroup)
}
