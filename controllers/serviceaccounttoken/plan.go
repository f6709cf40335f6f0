package serviceaccounttoken

import (
	"bytes"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Step is what is to be done about a Secret: at most one of Delete and Write.
type Step struct {
	Delete bool
	// Write is the Secret to be written, and Sign tells that it needs a token.
	Write *corev1.Secret
	Sign  bool
}

// Decide compares a token Secret with its account, nil where there is none.
func Decide(secret *corev1.Secret, account *corev1.ServiceAccount, bundle []byte) Step {
	if secret.DeletionTimestamp != nil {
		return Step{}
	}
	uid := secret.Annotations[corev1.ServiceAccountUIDKey]
	if account == nil || uid != "" && uid != string(account.UID) {
		// It was for an account that is gone, or for one of the same name before.
		return Step{Delete: true}
	}
	if account.DeletionTimestamp != nil {
		return Step{}
	}
	sign := len(secret.Data[corev1.ServiceAccountTokenKey]) == 0
	current := uid != "" && !sign && bytes.Equal(secret.Data[corev1.ServiceAccountRootCAKey], bundle) && string(secret.Data[corev1.ServiceAccountNamespaceKey]) == secret.Namespace
	if current {
		return Step{}
	}
	next := secret.DeepCopy()
	metav1.SetMetaDataAnnotation(&next.ObjectMeta, corev1.ServiceAccountUIDKey, string(account.UID))
	if next.Data == nil {
		next.Data = map[string][]byte{}
	}
	next.Data[corev1.ServiceAccountRootCAKey] = bytes.Clone(bundle)
	next.Data[corev1.ServiceAccountNamespaceKey] = []byte(secret.Namespace)
	return Step{Write: next, Sign: sign}
}
