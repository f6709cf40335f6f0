package owners

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
)

// Controller is the owner that manages the object; false if nobody does.
func Controller(obj metav1.Object) (metav1.OwnerReference, bool) {
	for _, ref := range obj.GetOwnerReferences() {
		if ref.Controller != nil && *ref.Controller {
			return ref, true
		}
	}
	return metav1.OwnerReference{}, false
}

// ControlledBy tells whether the owner of that uid manages the object.
func ControlledBy(obj metav1.Object, uid types.UID) bool {
	ref, ok := Controller(obj)
	return ok && ref.UID == uid
}

// Managing makes the reference by which owner manages another object, and keeps it from vanishing in a foreground
// deletion before that object has.
func Managing(owner metav1.Object, gvk schema.GroupVersionKind) metav1.OwnerReference {
	return *metav1.NewControllerRef(owner, gvk)
}
