package certificatesigningrequest

import (
	"testing"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/base/identity"
	"argosy.dev/kinds/kindtest"
)

func TestKind(t *testing.T) { kindtest.Run(t, Kind()) }

func TestRequesterIsWhoAsks(t *testing.T) {
	r := &certificatesv1.CertificateSigningRequest{Spec: certificatesv1.CertificateSigningRequestSpec{Username: "forged", Groups: []string{"forged"}}}
	prepareCreate(r)
	requester(r, &identity.User{Name: "jane", UID: "1", Groups: []string{"dev"}, Extra: map[string][]string{"k": {"v"}}})
	if s := r.Spec; s.Username != "jane" || s.UID != "1" || len(s.Groups) != 1 || s.Groups[0] != "dev" || s.Extra["k"][0] != "v" {
		t.Errorf("got %+v", s)
	}
}

func TestConditionsBeginWhenTheyFirstSaidSo(t *testing.T) {
	began, now := metav1.NewTime(time.Unix(1, 0)), time.Unix(9, 0)
	condition := certificatesv1.CertificateSigningRequestCondition{Type: certificatesv1.CertificateApproved, Status: corev1.ConditionTrue, LastTransitionTime: began, LastUpdateTime: began}
	old := &certificatesv1.CertificateSigningRequest{Status: certificatesv1.CertificateSigningRequestStatus{Conditions: []certificatesv1.CertificateSigningRequestCondition{condition}}}
	r := old.DeepCopy()
	r.Status.Conditions[0].LastTransitionTime, r.Status.Conditions[0].LastUpdateTime = metav1.Time{}, metav1.Time{}
	stampConditions(r, old, now)
	if c := r.Status.Conditions[0]; !c.LastTransitionTime.Equal(&began) || !c.LastUpdateTime.Time.Equal(now) {
		t.Errorf("got %+v", c)
	}
}
