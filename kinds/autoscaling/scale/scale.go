package scale

import (
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/kinds"
)

// GVK is the kind of the subresource's body.
var GVK = autoscalingv1.SchemeGroupVersion.WithKind("Scale")

// Access reads and writes what a Scale shows of its parent of type T.
type Access[T kinds.Object] struct {
	// Resource names the parent in conflicts.
	Resource schema.GroupResource
	// Wanted points to the parent's replica count, nil where it is unset.
	Wanted func(T) **int32
	// Current is the count in the parent's status.
	Current func(T) int32
	// Selector selects the pods that are counted.
	Selector func(T) *metav1.LabelSelector
}

// Subresource makes the descriptor.
func Subresource[T kinds.Object](access Access[T]) kinds.Subresource {
	return kinds.Subresource{
		Name:  "scale",
		GVK:   GVK,
		Verbs: []string{"get", "patch", "update"},
		New:   func() runtime.Object { return &autoscalingv1.Scale{} },
		View:  func(parent kinds.Object) (runtime.Object, error) { return access.view(parent.(T)) },
		Merge: func(parent kinds.Object, body runtime.Object) error {
			return access.merge(parent.(T), body.(*autoscalingv1.Scale))
		},
	}
}

func (a Access[T]) view(parent T) (*autoscalingv1.Scale, error) {
	selector, err := metav1.LabelSelectorAsSelector(a.Selector(parent))
	if err != nil {
		return nil, apierrors.NewInternalError(err)
	}
	s := &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{
			Name:              parent.GetName(),
			Namespace:         parent.GetNamespace(),
			UID:               parent.GetUID(),
			ResourceVersion:   parent.GetResourceVersion(),
			CreationTimestamp: parent.GetCreationTimestamp(),
		},
		Status: autoscalingv1.ScaleStatus{Replicas: a.Current(parent), Selector: selector.String()},
	}
	s.SetGroupVersionKind(GVK)
	if n := *a.Wanted(parent); n != nil {
		s.Spec.Replicas = *n
	}
	return s, nil
}

// merge refuses a body that was made from another state of the parent. A body without a resourceVersion overwrites.
func (a Access[T]) merge(parent T, body *autoscalingv1.Scale) error {
	if body.UID != "" && body.UID != parent.GetUID() || body.ResourceVersion != "" && body.ResourceVersion != parent.GetResourceVersion() {
		return apierrors.NewConflict(a.Resource, parent.GetName(), errModified)
	}
	if errs := validation.ValidateNonnegativeField(int64(body.Spec.Replicas), field.NewPath("spec", "replicas")); len(errs) > 0 {
		return apierrors.NewInvalid(GVK.GroupKind(), parent.GetName(), errs)
	}
	n := body.Spec.Replicas
	*a.Wanted(parent) = &n
	return nil
}
