package certificates

import (
	"context"
	"crypto/x509"
	"log/slog"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"

	"argosy.dev/base/identity"
	"argosy.dev/client"
	"argosy.dev/controllers/loop"
)

// Name of the controller, in logs.
const Name = "certificate-controller"

// Reads and Writes are the resources that the controller needs; its rights are derived from them.
var (
	Reads  = []string{"certificates.k8s.io/certificatesigningrequests"}
	Writes = []string{"certificates.k8s.io/certificatesigningrequests", "certificates.k8s.io/certificatesigningrequests/approval",
		"certificates.k8s.io/certificatesigningrequests/status"}
)

// Signer has the cluster's key.
type Signer interface {
	// Sign issues a certificate for the subject, names and key of r, in PEM.
	Sign(r *x509.CertificateRequest, usage x509.KeyUsage, extended []x509.ExtKeyUsage, life time.Duration, now time.Time) ([]byte, error)
}

// Access tells whether a user may create a subresource of certificatesigningrequests ("nodeclient", "selfnodeclient").
type Access func(ctx context.Context, user *identity.User, subresource string) bool

type controller struct {
	requests client.Resource[*certificatesv1.CertificateSigningRequest]
	signer   Signer
	access   Access
}

// New makes the controller. Without a signer nothing is signed, without access nothing is approved.
func New(c client.Cluster, signer Signer, access Access, log *slog.Logger) *loop.Controller {
	r := &controller{requests: client.CertificateSigningRequests(c), signer: signer, access: access}
	return &loop.Controller{
		Name:      Name,
		Sources:   []loop.Source{loop.Objects(r.requests, loop.Self[*certificatesv1.CertificateSigningRequest])},
		Reconcile: r.reconcile,
		Workers:   2,
		Log:       log,
	}
}
