package certificatesigningrequest

import (
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/kinds"
)

// status is the signer's: the certificate, or why there is none.
func status() kinds.Subresource {
	return kinds.Subresource{
		Name:     "status",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareStatus),
		Validate: kinds.AskWith(validateStatus),
	}
}

// approval is the approver's: the condition that says yes or no.
func approval() kinds.Subresource {
	return kinds.Subresource{
		Name:     "approval",
		Verbs:    []string{"get", "patch", "update"},
		Prepare:  kinds.DoWith(prepareApproval),
		Validate: kinds.AskWith(validateApproval),
	}
}

func prepareStatus(r, old *certificatesv1.CertificateSigningRequest) {
	r.Spec = old.Spec
	stampConditions(r, old, time.Now())
}

func prepareApproval(r, old *certificatesv1.CertificateSigningRequest) {
	r.Spec = old.Spec
	r.Status.Certificate = old.Status.Certificate
	stampConditions(r, old, time.Now())
}

// stampConditions fills in the times that the writer left out. A condition that says the same as before began when it did.
func stampConditions(r, old *certificatesv1.CertificateSigningRequest, now time.Time) {
	now = now.Truncate(time.Second) // finer times do not come back from clients
	for i := range r.Status.Conditions {
		c := &r.Status.Conditions[i]
		if c.LastUpdateTime.IsZero() {
			c.LastUpdateTime = metav1.NewTime(now)
		}
		if !c.LastTransitionTime.IsZero() {
			continue
		}
		c.LastTransitionTime = metav1.NewTime(now)
		for _, before := range old.Status.Conditions {
			if before.Type == c.Type && before.Status == c.Status && !before.LastTransitionTime.IsZero() {
				c.LastTransitionTime = before.LastTransitionTime
				break
			}
		}
	}
}
