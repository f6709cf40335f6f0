package priority

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"

	"argosy.dev/resource"
)

// Reader finds priority classes.
type Reader interface {
	PriorityClass(name string) (*schedulingv1.PriorityClass, bool)
	PriorityClasses() []*schedulingv1.PriorityClass
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

// Mutate fills in the priority of a new pod, and keeps it where an update leaves it out. A pod without a class gets the cluster's default
// one, where there is one.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	pod, ok := a.Object.(*corev1.Pod)
	if !ok || a.Subresource != "" {
		return nil
	}
	if old, ok := a.Old.(*corev1.Pod); ok {
		keep(pod, old)
		return nil
	}
	class := p.fallback()
	if name := pod.Spec.PriorityClassName; name != "" {
		var ok bool
		if class, ok = p.Reader.PriorityClass(name); !ok {
			return a.Forbid(fmt.Errorf("no PriorityClass with name %v was found", name))
		}
	}
	value, policy := int32(0), corev1.PreemptLowerPriority
	if class != nil {
		value = class.Value
		pod.Spec.PriorityClassName = class.Name
		if class.PreemptionPolicy != nil {
			policy = *class.PreemptionPolicy
		}
	}
	if pod.Spec.Priority != nil && *pod.Spec.Priority != value {
		return a.Forbid(fmt.Errorf("the integer value of priority (%d) must not be provided in pod spec; priority admission controller computed %d from the given PriorityClass name", *pod.Spec.Priority, value))
	}
	pod.Spec.Priority = &value
	if pod.Spec.PreemptionPolicy != nil && *pod.Spec.PreemptionPolicy != policy {
		return a.Forbid(fmt.Errorf("the string value of PreemptionPolicy (%s) must not be provided in pod spec; priority admission controller computed %s from the given PriorityClass name", *pod.Spec.PreemptionPolicy, policy))
	}
	pod.Spec.PreemptionPolicy = &policy
	return nil
}

func keep(pod, old *corev1.Pod) {
	if pod.Spec.Priority == nil {
		pod.Spec.Priority = old.Spec.Priority
	}
	if pod.Spec.PreemptionPolicy == nil {
		pod.Spec.PreemptionPolicy = old.Spec.PreemptionPolicy
	}
}

// fallback is the default class; the lowest where there are several.
func (p Plugin) fallback() *schedulingv1.PriorityClass {
	var found *schedulingv1.PriorityClass
	for _, c := range p.Reader.PriorityClasses() {
		if c.GlobalDefault && (found == nil || c.Value < found.Value) {
			found = c
		}
	}
	return found
}
