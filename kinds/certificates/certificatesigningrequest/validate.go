package certificatesigningrequest

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	certificatesv1 "k8s.io/api/certificates/v1"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

const (
	requestBlock = "CERTIFICATE REQUEST"
	legacySigner = "kubernetes.io/legacy-unknown"
	shortestLife = 600 // seconds
)

// usages are all that a certificate can be for.
var usages = []certificatesv1.KeyUsage{
	certificatesv1.UsageAny, certificatesv1.UsageCertSign, certificatesv1.UsageClientAuth, certificatesv1.UsageCodeSigning, certificatesv1.UsageContentCommitment,
	certificatesv1.UsageCRLSign, certificatesv1.UsageDataEncipherment, certificatesv1.UsageDecipherOnly, certificatesv1.UsageDigitalSignature,
	certificatesv1.UsageEmailProtection, certificatesv1.UsageEncipherOnly, certificatesv1.UsageIPsecEndSystem, certificatesv1.UsageIPsecTunnel,
	certificatesv1.UsageIPsecUser, certificatesv1.UsageKeyAgreement, certificatesv1.UsageKeyEncipherment, certificatesv1.UsageMicrosoftSGC,
	certificatesv1.UsageNetscapeSGC, certificatesv1.UsageOCSPSigning, certificatesv1.UsageSMIME, certificatesv1.UsageServerAuth,
	certificatesv1.UsageSigning, certificatesv1.UsageTimestamping,
}

func validate(r *certificatesv1.CertificateSigningRequest) field.ErrorList {
	path := field.NewPath("spec")
	var errs field.ErrorList
	if err := checkRequest(r.Spec.Request); err != nil {
		errs = append(errs, field.Invalid(path.Child("request"), r.Spec.Request, err.Error()))
	}
	if len(r.Spec.Usages) == 0 {
		errs = append(errs, field.Required(path.Child("usages"), ""))
	}
	seen := map[certificatesv1.KeyUsage]bool{}
	for i, usage := range r.Spec.Usages {
		errs = append(errs, rules.In(usage, path.Child("usages").Index(i), usages...)...)
		if seen[usage] {
			errs = append(errs, field.Duplicate(path.Child("usages").Index(i), usage))
		}
		seen[usage] = true
	}
	errs = append(errs, validateSigner(r.Spec.SignerName, path.Child("signerName"))...)
	if s := r.Spec.ExpirationSeconds; s != nil && *s < shortestLife {
		errs = append(errs, field.Invalid(path.Child("expirationSeconds"), *s, "may not specify a duration less than 600 seconds (10 minutes)"))
	}
	return append(errs, validateConditions(&r.Status, nil)...)
}

// checkRequest wants one PEM block with a PKCS #10 request in it.
func checkRequest(data []byte) error {
	block, _ := pem.Decode(data)
	if block == nil || block.Type != requestBlock {
		return errors.New("PEM block type must be CERTIFICATE REQUEST")
	}
	_, err := x509.ParseCertificateRequest(block.Bytes)
	return err
}

// validateSigner wants a domain, a slash and a path.
func validateSigner(name string, path *field.Path) field.ErrorList {
	if name == "" {
		return field.ErrorList{field.Required(path, "")}
	}
	domain, rest, found := strings.Cut(name, "/")
	if !found || strings.Contains(rest, "/") {
		return field.ErrorList{field.Invalid(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")}
	}
	var errs field.ErrorList
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		errs = append(errs, field.Invalid(path, domain, "should be a domain with at least two segments separated by dots"))
	}
	for _, label := range labels {
		for _, msg := range validation.IsDNS1123Label(label) {
			errs = append(errs, field.Invalid(path, domain, fmt.Sprintf("validating label %q: %s", label, msg)))
		}
	}
	errs = append(errs, rules.Each(validation.IsDNS1123Subdomain(rest), rest, path)...)
	if name == legacySigner {
		errs = append(errs, field.Invalid(path, name, "the legacy signerName is not allowed via this API version"))
	}
	return errs
}

// validateUpdate is for changes of metadata alone: all else stays as it was. What was once accepted is not looked at again.
func validateUpdate(_, _ *certificatesv1.CertificateSigningRequest) field.ErrorList { return nil }
