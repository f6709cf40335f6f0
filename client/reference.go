package client

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes/scheme"
)

// Reference points at an object, for events. Objects do not carry their kind; it is known by their type.
func Reference(obj Object) corev1.ObjectReference {
	ref := corev1.ObjectReference{Namespace: obj.GetNamespace(), Name: obj.GetName(), UID: obj.GetUID(), ResourceVersion: obj.GetResourceVersion()}
	gvks, _, err := scheme.Scheme.ObjectKinds(obj)
	if err != nil || len(gvks) == 0 {
		ref.Kind = fmt.Sprintf("%T", obj)
		return ref
	}
	ref.APIVersion, ref.Kind = gvks[0].ToAPIVersionAndKind()
	return ref
}
