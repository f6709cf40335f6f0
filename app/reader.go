package app

import (
	corev1 "k8s.io/api/core/v1"

	"argosy.dev/access/token"
	"argosy.dev/admission"
)

// reader shows admission and the token verifier what they look at.
type reader struct{ admission.View }

// Find tells the token verifier what there is now.
func (r *reader) Find(kind token.Kind, namespace, name string) (token.Object, bool) {
	resource, ok := map[token.Kind]string{token.ServiceAccount: "serviceaccounts", token.Pod: "pods", token.Secret: "secrets", token.Node: "nodes"}[kind]
	if !ok {
		return token.Object{}, false
	}
	key := name
	if namespace != "" {
		key = namespace + "/" + name
	}
	obj := r.Get(corev1.SchemeGroupVersion.WithResource(resource), key)
	if obj == nil {
		return token.Object{}, false
	}
	found := token.Object{UID: string(obj.GetUID())}
	if d := obj.GetDeletionTimestamp(); d != nil {
		found.Deleted = d.Time
	}
	switch obj := obj.(type) {
	case *corev1.Pod:
		found.ServiceAccount, found.Node = obj.Spec.ServiceAccountName, obj.Spec.NodeName
	case *corev1.Secret:
		if obj.Type == corev1.SecretTypeServiceAccountToken {
			found.Token = obj.Data[corev1.ServiceAccountTokenKey]
		}
	}
	return found, true
}
