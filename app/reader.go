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
	if pod, ok := obj.(*corev1.Pod); ok {
		found.ServiceAccount, found.Node = pod.Spec.ServiceAccountName, pod.Spec.NodeName
	}
	return found, true
}
