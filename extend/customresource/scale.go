package customresource

import (
	"errors"
	"fmt"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"argosy.dev/kinds"
)

var errModified = errors.New("the object has been modified; please apply your changes to the latest version and try again")

func (v *Version) scale(resource schema.GroupResource) kinds.Subresource {
	gvk := autoscalingv1.SchemeGroupVersion.WithKind("Scale")
	return kinds.Subresource{
		Name:  "scale",
		GVK:   gvk,
		Verbs: []string{"get", "patch", "update"},
		New:   func() runtime.Object { return &autoscalingv1.Scale{} },
		View: func(parent kinds.Object) (runtime.Object, error) {
			s, err := v.view(parent)
			if err != nil {
				return nil, apierrors.NewInternalError(err)
			}
			s.SetGroupVersionKind(gvk)
			return s, nil
		},
		Merge: func(parent kinds.Object, body runtime.Object) error {
			s := body.(*autoscalingv1.Scale)
			if s.UID != "" && s.UID != parent.GetUID() || s.ResourceVersion != "" && s.ResourceVersion != parent.GetResourceVersion() {
				return apierrors.NewConflict(resource, parent.GetName(), errModified)
			}
			if err := unstructured.SetNestedField(fieldsOf(parent), int64(s.Spec.Replicas), steps(v.subresources.Scale.SpecReplicasPath)...); err != nil {
				return apierrors.NewInternalError(err)
			}
			return nil
		},
	}
}

func (v *Version) view(parent kinds.Object) (*autoscalingv1.Scale, error) {
	s, fields := v.subresources.Scale, fieldsOf(parent)
	wanted, found, err := unstructured.NestedInt64(fields, steps(s.SpecReplicasPath)...)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.SpecReplicasPath, err)
	}
	if !found {
		return nil, fmt.Errorf("the spec replicas field %q does not exist", s.SpecReplicasPath)
	}
	current, _, err := unstructured.NestedInt64(fields, steps(s.StatusReplicasPath)...)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.StatusReplicasPath, err)
	}
	selector := ""
	if p := s.LabelSelectorPath; p != nil && *p != "" {
		if selector, _, err = unstructured.NestedString(fields, steps(*p)...); err != nil {
			return nil, fmt.Errorf("reading %s: %w", *p, err)
		}
	}
	return &autoscalingv1.Scale{
		ObjectMeta: metav1.ObjectMeta{
			Name:              parent.GetName(),
			Namespace:         parent.GetNamespace(),
			UID:               parent.GetUID(),
			ResourceVersion:   parent.GetResourceVersion(),
			CreationTimestamp: parent.GetCreationTimestamp(),
		},
		Spec:   autoscalingv1.ScaleSpec{Replicas: int32(wanted)},
		Status: autoscalingv1.ScaleStatus{Replicas: int32(current), Selector: selector},
	}, nil
}
