package certificates

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
)

// How long requests stay, as documented.
const (
	answeredStays = time.Hour
	waitingStays  = 24 * time.Hour
)

// Step is what to do about a request next.
type Step int

// The steps. Wait: others are to act, or nobody.
const (
	Wait Step = iota
	Approve
	Sign
	Remove
)

// Decide returns the next step, and when the request is over.
func Decide(r *certificatesv1.CertificateSigningRequest, now time.Time) (step Step, over time.Time) {
	over = ends(r)
	signs := serves(r.Spec.SignerName)
	switch {
	case !now.Before(over):
		return Remove, over
	case has(r, certificatesv1.CertificateDenied), has(r, certificatesv1.CertificateFailed), len(r.Status.Certificate) > 0:
		return Wait, over
	case has(r, certificatesv1.CertificateApproved) && signs:
		return Sign, over
	case !has(r, certificatesv1.CertificateApproved) && r.Spec.SignerName == certificatesv1.KubeAPIServerClientKubeletSignerName:
		return Approve, over
	}
	return Wait, over
}

// ends is when a request is over: a while after it was answered, longer after it was made, and with its certificate.
func ends(r *certificatesv1.CertificateSigningRequest) time.Time {
	over := r.CreationTimestamp.Add(waitingStays)
	for _, c := range r.Status.Conditions {
		answered := c.Type == certificatesv1.CertificateDenied || c.Type == certificatesv1.CertificateFailed ||
			c.Type == certificatesv1.CertificateApproved && len(r.Status.Certificate) > 0
		if at := c.LastUpdateTime.Add(answeredStays); answered && !c.LastUpdateTime.IsZero() && at.Before(over) {
			over = at
		}
	}
	if block, _ := pem.Decode(r.Status.Certificate); block != nil {
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil && cert.NotAfter.Before(over) {
			over = cert.NotAfter
		}
	}
	return over
}

func has(r *certificatesv1.CertificateSigningRequest, t certificatesv1.RequestConditionType) bool {
	for _, c := range r.Status.Conditions {
		if c.Type == t {
			return true
		}
	}
	return false
}

// parse reads the request inside, and sees that whoever made it has the key.
func parse(r *certificatesv1.CertificateSigningRequest) (*x509.CertificateRequest, error) {
	block, _ := pem.Decode(r.Spec.Request)
	if block == nil {
		return nil, errors.New("the request is no PEM block")
	}
	request, err := x509.ParseCertificateRequest(block.Bytes)
	if err != nil {
		return nil, err
	}
	return request, request.CheckSignature()
}
