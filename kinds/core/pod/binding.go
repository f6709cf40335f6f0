package pod

import (
	"cmp"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"argosy.dev/facts/pods"
	"argosy.dev/kinds"
)

// BindingGVK is the kind of what binds a pod to a node.
var BindingGVK = corev1.SchemeGroupVersion.WithKind("Binding")

var bindingResource = schema.GroupResource{Resource: "pods/binding"}

func binding() kinds.Subresource {
	return kinds.Subresource{
		Name:  "binding",
		GVK:   BindingGVK,
		Verbs: []string{"create"},
		New:   func() runtime.Object { return &corev1.Binding{} },
		Check: func(name string, body runtime.Object) error { return checkBinding(name, body.(*corev1.Binding)) },
		Merge: func(parent kinds.Object, body runtime.Object) error {
			return bind(parent.(*corev1.Pod), body.(*corev1.Binding), time.Now())
		},
		// bind has refused what may not be; an update may not set the node, but this is how it is set.
		Validate: func(_, _ kinds.Object) field.ErrorList { return nil },
	}
}

func checkBinding(name string, b *corev1.Binding) error {
	if b.Name != "" && b.Name != name {
		return apierrors.NewBadRequest("name in URL does not match name in Binding object")
	}
	if errs := validateBinding(b); len(errs) > 0 {
		return errs.ToAggregate()
	}
	return nil
}

// bind gives the pod its node. A pod is bound once, and only while nothing keeps it from running.
func bind(p *corev1.Pod, b *corev1.Binding, now time.Time) error {
	if err := refuse(p, b); err != nil {
		return apierrors.NewConflict(bindingResource, p.Name, err)
	}
	p.Spec.NodeName = b.Target.Name
	p.Status.NominatedNodeName = ""
	if p.Annotations == nil && len(b.Annotations) > 0 {
		p.Annotations = make(map[string]string, len(b.Annotations))
	}
	for key, value := range b.Annotations {
		p.Annotations[key] = value
	}
	if p.Labels == nil && len(b.Labels) > 0 {
		p.Labels = make(map[string]string, len(b.Labels))
	}
	for key, value := range b.Labels {
		p.Labels[key] = value
	}
	pods.SetCondition(&p.Status, corev1.PodCondition{
		Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(now),
	}, now)
	return nil
}

func refuse(p *corev1.Pod, b *corev1.Binding) error {
	switch {
	case b.UID != "" && b.UID != p.UID:
		return fmt.Errorf("pod %v has the uid %v, not %v as the binding says", p.Name, p.UID, b.UID)
	case b.ResourceVersion != "" && b.ResourceVersion != p.ResourceVersion:
		return fmt.Errorf("pod %v has the resourceVersion %v, not %v as the binding says", p.Name, p.ResourceVersion, b.ResourceVersion)
	case p.DeletionTimestamp != nil:
		return fmt.Errorf("pod %s is being deleted, cannot be assigned to a host", p.Name)
	case p.Spec.NodeName != "":
		return fmt.Errorf("pod %v is already assigned to node %q", p.Name, p.Spec.NodeName)
	case len(p.Spec.SchedulingGates) != 0:
		return fmt.Errorf("pod %v has non-empty .spec.schedulingGates", p.Name)
	}
	return nil
}

func validateBinding(b *corev1.Binding) field.ErrorList {
	var errs field.ErrorList
	if cmp.Or(b.Target.Kind, "Node") != "Node" {
		errs = append(errs, field.NotSupported(field.NewPath("target", "kind"), b.Target.Kind, []string{"Node", "<empty>"}))
	}
	if b.Target.Name == "" {
		errs = append(errs, field.Required(field.NewPath("target", "name"), ""))
	}
	return errs
}
