package pod

import (
	policyv1 "k8s.io/api/policy/v1"
	policyv1beta1 "k8s.io/api/policy/v1beta1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

// EvictionGVK is the kind of a polite wish to delete a pod.
var EvictionGVK = policyv1.SchemeGroupVersion.WithKind("Eviction")

func eviction() kinds.Subresource {
	return kinds.Subresource{
		Name:   "eviction",
		GVK:    EvictionGVK,
		Same:   []schema.GroupVersionKind{policyv1beta1.SchemeGroupVersion.WithKind("Eviction")},
		Verbs:  []string{"create"},
		New:    func() runtime.Object { return &policyv1.Eviction{} },
		Delete: evict,
	}
}

// evict is a deletion as the eviction says. Whether it may be at this time is for admission to tell.
func evict(name string, body runtime.Object) (metav1.DeleteOptions, error) {
	e := body.(*policyv1.Eviction)
	if e.Name != name {
		return metav1.DeleteOptions{}, apierrors.NewBadRequest("name in URL does not match name in Eviction object")
	}
	if e.DeleteOptions == nil {
		return metav1.DeleteOptions{}, nil
	}
	return *e.DeleteOptions, nil
}
