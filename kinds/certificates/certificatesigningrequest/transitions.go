package certificatesigningrequest

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds/rules"
)

// The conditions that once said stay so, and are never anything but true.
var (
	decisions = []certificatesv1.RequestConditionType{certificatesv1.CertificateApproved, certificatesv1.CertificateDenied}
	final     = append(slices.Clone(decisions), certificatesv1.CertificateFailed)
)

// validateApproval lets an approver decide once.
func validateApproval(r, old *certificatesv1.CertificateSigningRequest) field.ErrorList {
	return append(validateConditions(&r.Status, &old.Status), validateKept(r, old)...)
}

// validateStatus lets a signer give the certificate once, and leave the decision alone.
func validateStatus(r, old *certificatesv1.CertificateSigningRequest) field.ErrorList {
	errs := append(validateConditions(&r.Status, &old.Status), validateCertificate(r.Status.Certificate, old.Status.Certificate)...)
	errs = append(errs, validateKept(r, old)...)
	path := field.NewPath("status", "conditions")
	for _, t := range decisions {
		now, before := of(&r.Status, t), of(&old.Status, t)
		switch {
		case len(now) > len(before):
			errs = append(errs, field.Forbidden(path, fmt.Sprintf("updates may not add a condition of type %q", t)))
		case len(now) == len(before) && !equality.Semantic.DeepEqual(now, before):
			errs = append(errs, field.Forbidden(path, fmt.Sprintf("updates may not modify a condition of type %q", t)))
		}
	}
	if len(old.Status.Certificate) > 0 && !bytes.Equal(r.Status.Certificate, old.Status.Certificate) {
		errs = append(errs, field.Forbidden(field.NewPath("status", "certificate"), "updates may not modify existing certificate content"))
	}
	return errs
}

func validateKept(r, old *certificatesv1.CertificateSigningRequest) field.ErrorList {
	var errs field.ErrorList
	for _, t := range final {
		if len(of(&r.Status, t)) < len(of(&old.Status, t)) {
			errs = append(errs, field.Forbidden(field.NewPath("status", "conditions"), fmt.Sprintf("updates may not remove a condition of type %q", t)))
		}
	}
	return errs
}

func of(s *certificatesv1.CertificateSigningRequestStatus, t certificatesv1.RequestConditionType) []certificatesv1.CertificateSigningRequestCondition {
	var list []certificatesv1.CertificateSigningRequestCondition
	for _, c := range s.Conditions {
		if c.Type == t {
			list = append(list, c)
		}
	}
	return list
}

// validateConditions looks at the conditions, where a write changes them.
func validateConditions(s, old *certificatesv1.CertificateSigningRequestStatus) field.ErrorList {
	if old != nil && equality.Semantic.DeepEqual(s.Conditions, old.Conditions) {
		return nil
	}
	path := field.NewPath("status", "conditions")
	var errs field.ErrorList
	decided := certificatesv1.RequestConditionType("")
	seen := map[certificatesv1.RequestConditionType]bool{}
	for i, c := range s.Conditions {
		at := path.Index(i)
		if c.Type == "" {
			errs = append(errs, field.Required(at.Child("type"), ""))
		}
		errs = append(errs, validateTruth(c.Type, c.Status, at.Child("status"))...)
		if seen[c.Type] {
			errs = append(errs, field.Duplicate(at.Child("type"), c.Type))
		}
		seen[c.Type] = true
		if !slices.Contains(decisions, c.Type) {
			continue
		}
		if decided != "" && decided != c.Type {
			errs = append(errs, field.Invalid(path, c.Type, "Approved and Denied conditions are mutually exclusive"))
		}
		decided = c.Type
	}
	return errs
}

func validateTruth(t certificatesv1.RequestConditionType, s corev1.ConditionStatus, path *field.Path) field.ErrorList {
	if slices.Contains(final, t) {
		return rules.OneOf(s, path, corev1.ConditionTrue)
	}
	return rules.OneOf(s, path, corev1.ConditionTrue, corev1.ConditionFalse, corev1.ConditionUnknown)
}

// hidden stands for a certificate in messages.
const hidden = "<certificate data>"

func validateCertificate(data, old []byte) field.ErrorList {
	if len(data) == 0 || bytes.Equal(data, old) {
		return nil
	}
	if err := checkCertificates(data); err != nil {
		return field.ErrorList{field.Invalid(field.NewPath("status", "certificate"), hidden, err.Error())}
	}
	return nil
}

// checkCertificates wants PEM blocks that are all certificates; text around them is free.
func checkCertificates(data []byte) error {
	found := false
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		found = true
		if block.Type != "CERTIFICATE" {
			return fmt.Errorf("only CERTIFICATE PEM blocks are allowed, found %q", block.Type)
		}
		if len(block.Headers) != 0 {
			return errors.New("no PEM block headers are permitted")
		}
		certificates, err := x509.ParseCertificates(block.Bytes)
		if err != nil {
			return err
		}
		if len(certificates) == 0 {
			return errors.New("found CERTIFICATE PEM block containing 0 certificates")
		}
	}
	if !found {
		return errors.New("must contain at least one CERTIFICATE PEM block")
	}
	return nil
}
