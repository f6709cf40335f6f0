package certificatesubject

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"testing"

	certificatesv1 "k8s.io/api/certificates/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/kinds/certificates/certificatesigningrequest"
	"argosy.dev/resource"
)

func TestNobodyAsksToBeAMaster(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		group, signer string
		refused       bool
	}{
		{"system:masters", "kubernetes.io/kube-apiserver-client", true},
		{"system:masters", "example.com/signer", false},
		{"dev", "kubernetes.io/kube-apiserver-client", false},
	} {
		der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{Subject: pkix.Name{CommonName: "x", Organization: []string{c.group}}}, key)
		if err != nil {
			t.Fatal(err)
		}
		r := &certificatesv1.CertificateSigningRequest{Spec: certificatesv1.CertificateSigningRequestSpec{SignerName: c.signer,
			Request: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})}}
		kind := &resource.Resource{Kind: certificatesigningrequest.Kind()}
		got := Validate(context.Background(), &resource.Attempt{Target: resource.Target{Resource: kind}, Operation: resource.Create, Object: r})
		if apierrors.IsForbidden(got) != c.refused {
			t.Errorf("%s from %s: %v", c.group, c.signer, got)
		}
	}
}
