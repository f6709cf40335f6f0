package runtimeclass

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/resource"
)

// Reader finds runtime classes.
type Reader interface {
	RuntimeClass(name string) (*nodev1.RuntimeClass, bool)
}

// Plugin is the rule.
type Plugin struct{ Reader Reader }

var (
	errDiffers = errors.New("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")         //nolint:staticcheck // upstream's words
	errAlone   = errors.New("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead") //nolint:staticcheck // upstream's words
)

// Mutate puts overhead, node selector and tolerations of the class into the pod.
func (p Plugin) Mutate(_ context.Context, a *resource.Attempt) error {
	pod, class, err := p.look(a)
	if err != nil || class == nil {
		return err
	}
	if o := class.Overhead; o != nil {
		if len(pod.Spec.Overhead) > 0 && !equality.Semantic.DeepEqual(o.PodFixed, pod.Spec.Overhead) {
			return a.Forbid(errDiffers)
		}
		pod.Spec.Overhead = maps.Clone(o.PodFixed)
	}
	if s := class.Scheduling; s != nil {
		return merge(a, &pod.Spec, s)
	}
	return nil
}

// Validate sees to it that nobody changed the overhead since.
func (p Plugin) Validate(_ context.Context, a *resource.Attempt) error {
	pod, class, err := p.look(a)
	switch {
	case err != nil || pod == nil:
		return err
	case class != nil && class.Overhead != nil:
		if !equality.Semantic.DeepEqual(class.Overhead.PodFixed, pod.Spec.Overhead) {
			return a.Forbid(errDiffers)
		}
	case len(pod.Spec.Overhead) > 0:
		return a.Forbid(errAlone)
	}
	return nil
}

// look returns the pod that is being made and its class, nil where it names none.
func (p Plugin) look(a *resource.Attempt) (*corev1.Pod, *nodev1.RuntimeClass, error) {
	pod, ok := a.Object.(*corev1.Pod)
	if !ok || a.Operation != resource.Create || a.Subresource != "" {
		return nil, nil, nil
	}
	if pod.Spec.RuntimeClassName == nil {
		return pod, nil, nil
	}
	class, ok := p.Reader.RuntimeClass(*pod.Spec.RuntimeClassName)
	if !ok {
		return nil, nil, a.Forbid(fmt.Errorf("pod rejected: RuntimeClass %q not found", *pod.Spec.RuntimeClassName))
	}
	return pod, class, nil
}

func merge(a *resource.Attempt, spec *corev1.PodSpec, s *nodev1.Scheduling) error {
	selector := maps.Clone(spec.NodeSelector)
	for _, key := range slices.Sorted(maps.Keys(s.NodeSelector)) {
		want := s.NodeSelector[key]
		if had, ok := selector[key]; ok && had != want {
			return a.Forbid(fmt.Errorf("conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s", key, want, key, had))
		}
		if selector == nil {
			selector = map[string]string{}
		}
		selector[key] = want
	}
	spec.NodeSelector = selector
	for i := range s.Tolerations {
		if t := s.Tolerations[i].DeepCopy(); !slices.ContainsFunc(spec.Tolerations, func(had corev1.Toleration) bool { return covers(&had, t) }) {
			spec.Tolerations = slices.DeleteFunc(spec.Tolerations, func(had corev1.Toleration) bool { return covers(t, &had) })
			spec.Tolerations = append(spec.Tolerations, *t)
		}
	}
	return nil
}

// covers tells that what b tolerates, a does for at least as long.
func covers(a, b *corev1.Toleration) bool {
	exists := a.Operator == corev1.TolerationOpExists
	if a.Key != b.Key && (a.Key != "" || !exists) || a.Effect != "" && a.Effect != b.Effect {
		return false
	}
	if a.TolerationSeconds != nil && (b.TolerationSeconds == nil || *a.TolerationSeconds < *b.TolerationSeconds) {
		return false
	}
	return exists || operator(a) == operator(b) && a.Value == b.Value
}

func operator(t *corev1.Toleration) corev1.TolerationOperator {
	if t.Operator == "" {
		return corev1.TolerationOpEqual
	}
	return t.Operator
}
