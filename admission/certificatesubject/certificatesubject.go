package certificatesubject

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"

	certificatesv1 "k8s.io/api/certificates/v1"

	"argosy.dev/resource"
)

const masters = "system:masters"

// Validate looks at new requests to the signer of API clients.
func Validate(_ context.Context, a *resource.Attempt) error {
	r, ok := a.Object.(*certificatesv1.CertificateSigningRequest)
	if !ok || a.Operation != resource.Create || a.Subresource != "" || r.Spec.SignerName != certificatesv1.KubeAPIServerClientSignerName {
		return nil
	}
	block, _ := pem.Decode(r.Spec.Request)
	if block == nil {
		return nil // the kind refuses it
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil
	}
	if slices.Contains(request.Subject.Organization, masters) {
		return a.Forbid(fmt.Errorf("use of %s signer with %s group is not allowed", certificatesv1.KubeAPIServerClientSignerName, masters))
	}
	return nil
}
