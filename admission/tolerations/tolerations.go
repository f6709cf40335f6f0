package tolerations

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/resource"
)

const seconds = int64(300)

// Mutate adds the tolerations that a pod lacks: a new one, or one whose update leaves them out.
func Mutate(_ context.Context, a *resource.Attempt) error {
	pod, ok := a.Object.(*corev1.Pod)
	if !ok || a.Operation != resource.Create && a.Operation != resource.Update || a.Subresource != "" {
		return nil
	}
	for _, taint := range []string{corev1.TaintNodeNotReady, corev1.TaintNodeUnreachable} {
		if !tolerates(pod, taint) {
			wait := seconds
			pod.Spec.Tolerations = append(pod.Spec.Tolerations, corev1.Toleration{
				Key: taint, Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute, TolerationSeconds: &wait,
			})
		}
	}
	return nil
}

// tolerates tells whether the pod says anything about the taint's NoExecute effect, by name or for all taints.
func tolerates(pod *corev1.Pod, taint string) bool {
	for _, t := range pod.Spec.Tolerations {
		if (t.Key == taint || t.Key == "") && (t.Effect == corev1.TaintEffectNoExecute || t.Effect == "") {
			return true
		}
	}
	return false
}
