package certificates

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
)

const (
	legacyUnknown = "kubernetes.io/legacy-unknown"
	nodesGroup    = "system:nodes"
	nodePrefix    = "system:node:"

	longestLife = 365 * 24 * time.Hour
)

// serves tells whether the controller signs for a name.
func serves(signer string) bool {
	switch signer {
	case certificatesv1.KubeAPIServerClientSignerName, certificatesv1.KubeAPIServerClientKubeletSignerName, certificatesv1.KubeletServingSignerName, legacyUnknown:
		return true
	}
	return false
}

// Check tells why the signer does not give what is asked for; nil where it does.
func Check(signer string, request *x509.CertificateRequest, usages []certificatesv1.KeyUsage) error {
	switch signer {
	case certificatesv1.KubeAPIServerClientSignerName:
		return checkUsages(usages, certificatesv1.UsageClientAuth)
	case certificatesv1.KubeAPIServerClientKubeletSignerName:
		return checkNodeClient(request, usages)
	case certificatesv1.KubeletServingSignerName:
		return checkNodeServer(request, usages)
	case legacyUnknown:
		return nil
	}
	return fmt.Errorf("the signer %s is not known here", signer)
}

// checkUsages wants the one use, and nothing beside what its handshake needs.
func checkUsages(usages []certificatesv1.KeyUsage, wanted certificatesv1.KeyUsage) error {
	if !slices.Contains(usages, wanted) {
		return fmt.Errorf("usages did not include %q", wanted)
	}
	for _, u := range usages {
		if u != wanted && u != certificatesv1.UsageDigitalSignature && u != certificatesv1.UsageKeyEncipherment {
			return fmt.Errorf("usage %q is not allowed", u)
		}
	}
	return nil
}

func checkNode(request *x509.CertificateRequest, usages []certificatesv1.KeyUsage, wanted certificatesv1.KeyUsage) error {
	switch {
	case !slices.Equal(request.Subject.Organization, []string{nodesGroup}):
		return errors.New("subject organization is not system:nodes")
	case !strings.HasPrefix(request.Subject.CommonName, nodePrefix):
		return errors.New("subject common name does not begin with system:node: ")
	case len(request.EmailAddresses) > 0:
		return errors.New("email subjectAltNames are not allowed")
	case len(request.URIs) > 0:
		return errors.New("URI subjectAltNames are not allowed")
	case !slices.Contains(usages, certificatesv1.UsageDigitalSignature):
		return errors.New("usages did not include digital signature")
	}
	return checkUsages(usages, wanted)
}

func checkNodeClient(request *x509.CertificateRequest, usages []certificatesv1.KeyUsage) error {
	switch {
	case len(request.DNSNames) > 0:
		return errors.New("DNS subjectAltNames are not allowed")
	case len(request.IPAddresses) > 0:
		return errors.New("IP subjectAltNames are not allowed")
	}
	return checkNode(request, usages, certificatesv1.UsageClientAuth)
}

func checkNodeServer(request *x509.CertificateRequest, usages []certificatesv1.KeyUsage) error {
	if len(request.DNSNames)+len(request.IPAddresses) == 0 {
		return errors.New("DNS or IP subjectAltName is required")
	}
	return checkNode(request, usages, certificatesv1.UsageServerAuth)
}

var keyUsages = map[certificatesv1.KeyUsage]x509.KeyUsage{
	certificatesv1.UsageSigning: x509.KeyUsageDigitalSignature, certificatesv1.UsageDigitalSignature: x509.KeyUsageDigitalSignature,
	certificatesv1.UsageContentCommitment: x509.KeyUsageContentCommitment, certificatesv1.UsageKeyEncipherment: x509.KeyUsageKeyEncipherment,
	certificatesv1.UsageKeyAgreement: x509.KeyUsageKeyAgreement, certificatesv1.UsageDataEncipherment: x509.KeyUsageDataEncipherment,
	certificatesv1.UsageCertSign: x509.KeyUsageCertSign, certificatesv1.UsageCRLSign: x509.KeyUsageCRLSign,
	certificatesv1.UsageEncipherOnly: x509.KeyUsageEncipherOnly, certificatesv1.UsageDecipherOnly: x509.KeyUsageDecipherOnly,
}

var extendedUsages = map[certificatesv1.KeyUsage]x509.ExtKeyUsage{
	certificatesv1.UsageAny: x509.ExtKeyUsageAny, certificatesv1.UsageServerAuth: x509.ExtKeyUsageServerAuth, certificatesv1.UsageClientAuth: x509.ExtKeyUsageClientAuth,
	certificatesv1.UsageCodeSigning: x509.ExtKeyUsageCodeSigning, certificatesv1.UsageEmailProtection: x509.ExtKeyUsageEmailProtection,
	certificatesv1.UsageSMIME: x509.ExtKeyUsageEmailProtection, certificatesv1.UsageIPsecEndSystem: x509.ExtKeyUsageIPSECEndSystem,
	certificatesv1.UsageIPsecTunnel: x509.ExtKeyUsageIPSECTunnel, certificatesv1.UsageIPsecUser: x509.ExtKeyUsageIPSECUser,
	certificatesv1.UsageTimestamping: x509.ExtKeyUsageTimeStamping, certificatesv1.UsageOCSPSigning: x509.ExtKeyUsageOCSPSigning,
	certificatesv1.UsageMicrosoftSGC: x509.ExtKeyUsageMicrosoftServerGatedCrypto, certificatesv1.UsageNetscapeSGC: x509.ExtKeyUsageNetscapeServerGatedCrypto,
}

// uses are the usages as a certificate has them.
func uses(usages []certificatesv1.KeyUsage) (x509.KeyUsage, []x509.ExtKeyUsage) {
	var key x509.KeyUsage
	var extended []x509.ExtKeyUsage
	for _, u := range usages {
		key |= keyUsages[u]
		if e, ok := extendedUsages[u]; ok && !slices.Contains(extended, e) {
			extended = append(extended, e)
		}
	}
	return key, extended
}

// lifetime is how long the certificate is good for: as asked, but no longer than a year.
func lifetime(seconds *int32) time.Duration {
	if seconds == nil {
		return longestLife
	}
	return min(time.Duration(*seconds)*time.Second, longestLife)
}
