package certificates

import (
	"context"
	"fmt"
	"time"

	certificatesv1 "k8s.io/api/certificates/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/base/identity"
	"argosy.dev/controllers/loop"
)

// retryAccess is when to ask again whether a node may: roles come later than nodes.
const retryAccess = time.Minute

func (c *controller) reconcile(ctx context.Context, key loop.Key) (time.Duration, error) {
	r, ok := c.requests.Get("", key.Name)
	if !ok {
		return 0, nil
	}
	now := time.Now()
	step, over := Decide(r, now)
	var err error
	again := over.Sub(now)
	switch step {
	case Remove:
		uid := r.UID
		err = c.requests.Delete(ctx, "", r.Name, metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}})
		again = 0
	case Approve:
		var asked bool
		if asked, err = c.approve(ctx, r); asked {
			again = min(again, retryAccess)
		}
	case Sign:
		err = c.sign(ctx, r, now)
	case Wait:
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return 0, fmt.Errorf("answering the certificate request %s: %w", r.Name, err)
	}
	return again, nil
}

// approve says yes to a node's request for its client certificate, where whoever asks may. again: it is of that sort, but may not.
func (c *controller) approve(ctx context.Context, r *certificatesv1.CertificateSigningRequest) (again bool, err error) {
	request, err := parse(r)
	if err != nil || checkNodeClient(request, r.Spec.Usages) != nil || c.access == nil {
		return false, nil // somebody else decides
	}
	user := &identity.User{Name: r.Spec.Username, UID: r.Spec.UID, Groups: r.Spec.Groups, Extra: map[string][]string{}}
	for k, v := range r.Spec.Extra {
		user.Extra[k] = v
	}
	subresource, text := "nodeclient", "Auto approving kubelet client certificate after SubjectAccessReview."
	if request.Subject.CommonName == r.Spec.Username {
		subresource, text = "selfnodeclient", "Auto approving self kubelet client certificate after SubjectAccessReview."
	}
	if !c.access(ctx, user, subresource) {
		return true, nil
	}
	approved := r.DeepCopy()
	approved.Status.Conditions = append(approved.Status.Conditions, certificatesv1.CertificateSigningRequestCondition{
		Type: certificatesv1.CertificateApproved, Status: corev1.ConditionTrue, Reason: "AutoApproved", Message: text,
	})
	_, err = c.requests.UpdateSub(ctx, "", r.Name, "approval", approved)
	return false, err
}

// sign gives the certificate, or says for good why there is none.
func (c *controller) sign(ctx context.Context, r *certificatesv1.CertificateSigningRequest, now time.Time) error {
	if c.signer == nil {
		return nil
	}
	answered := r.DeepCopy()
	request, err := parse(r)
	if err == nil {
		err = Check(r.Spec.SignerName, request, r.Spec.Usages)
	}
	if err != nil {
		answered.Status.Conditions = append(answered.Status.Conditions, certificatesv1.CertificateSigningRequestCondition{
			Type: certificatesv1.CertificateFailed, Status: corev1.ConditionTrue, Reason: "SignerValidationFailure", Message: err.Error(),
		})
		_, err = c.requests.UpdateStatus(ctx, answered)
		return err
	}
	usage, extended := uses(r.Spec.Usages)
	if answered.Status.Certificate, err = c.signer.Sign(request, usage, extended, lifetime(r.Spec.ExpirationSeconds), now); err != nil {
		return err
	}
	_, err = c.requests.UpdateStatus(ctx, answered)
	return err
}
