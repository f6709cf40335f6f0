package nodetaint

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/resource"
)

// Mutate taints a node that is being created.
func Mutate(_ context.Context, a *resource.Attempt) error {
	node, ok := a.Object.(*corev1.Node)
	if !ok || a.Operation != resource.Create || a.Subresource != "" {
		return nil
	}
	for _, t := range node.Spec.Taints {
		if t.Key == corev1.TaintNodeNotReady && t.Effect == corev1.TaintEffectNoSchedule {
			return nil
		}
	}
	node.Spec.Taints = append(node.Spec.Taints, corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule})
	return nil
}
