package certificatesigningrequest

import (
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	certificatesv1beta1 "k8s.io/api/certificates/v1beta1"
	"k8s.io/apimachinery/pkg/util/duration"

	"argosy.dev/kinds"
	"argosy.dev/kinds/table"
)

func columns() []kinds.Column {
	// The columns are described as the first version of the kind described its fields.
	spec, status := certificatesv1beta1.CertificateSigningRequestSpec{}.SwaggerDoc(), certificatesv1beta1.CertificateSigningRequestStatus{}.SwaggerDoc()
	return []kinds.Column{
		table.Name(),
		table.Age(),
		{Name: "SignerName", Type: "string", Description: spec["signerName"], Value: table.Cell(func(r *certificatesv1.CertificateSigningRequest) any {
			if r.Spec.SignerName == "" {
				return table.None
			}
			return r.Spec.SignerName
		})},
		{Name: "Requestor", Type: "string", Description: spec["request"], Value: table.Cell(func(r *certificatesv1.CertificateSigningRequest) any { return r.Spec.Username })},
		{Name: "RequestedDuration", Type: "string", Description: certificatesv1.CertificateSigningRequestSpec{}.SwaggerDoc()["expirationSeconds"], Value: table.Cell(life)},
		{Name: "Condition", Type: "string", Description: status["conditions"], Value: table.Cell(condition)},
	}
}

func life(r *certificatesv1.CertificateSigningRequest) any {
	if r.Spec.ExpirationSeconds == nil {
		return table.None
	}
	return duration.HumanDuration(time.Duration(*r.Spec.ExpirationSeconds) * time.Second)
}

// condition is how far the request came.
func condition(r *certificatesv1.CertificateSigningRequest) any {
	has := map[certificatesv1.RequestConditionType]bool{}
	for _, c := range r.Status.Conditions {
		has[c.Type] = true
	}
	s := "Pending"
	switch {
	case has[certificatesv1.CertificateDenied]:
		s = "Denied"
	case has[certificatesv1.CertificateApproved]:
		s = "Approved"
	}
	if has[certificatesv1.CertificateFailed] {
		s += ",Failed"
	}
	if len(r.Status.Certificate) > 0 {
		s += ",Issued"
	}
	return s
}
