package tainteviction

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/facts/taints"
)

// driving are the node's taints that drive pods away.
func driving(node *corev1.Node) []corev1.Taint {
	var list []corev1.Taint
	for _, t := range node.Spec.Taints {
		if t.Effect == corev1.TaintEffectNoExecute {
			list = append(list, t)
		}
	}
	return list
}

// Due tells when the pod has to leave a node with such taints, all of effect NoExecute and with their times; false for never.
func Due(pod *corev1.Pod, list []corev1.Taint, now time.Time) (due time.Time, leaves bool) {
	bound := boundAt(pod)
	for i := range list {
		t := &list[i]
		bears := bearing(pod, t)
		if bears == nil {
			return now, true
		}
		if bears.TolerationSeconds == nil {
			continue
		}
		since := bound
		if t.TimeAdded != nil && t.TimeAdded.After(bound) {
			since = t.TimeAdded.Time
		}
		at := since.Add(time.Duration(max(0, *bears.TolerationSeconds)) * time.Second)
		if !leaves || at.Before(due) {
			due, leaves = at, true
		}
	}
	return due, leaves
}

// bearing is the first toleration that bears the taint, nil for none.
func bearing(pod *corev1.Pod, t *corev1.Taint) *corev1.Toleration {
	for i := range pod.Spec.Tolerations {
		if taints.Tolerates(&pod.Spec.Tolerations[i], t) {
			return &pod.Spec.Tolerations[i]
		}
	}
	return nil
}

// boundAt is when the pod got its node.
func boundAt(pod *corev1.Pod) time.Time {
	if c := pods.Condition(&pod.Status, corev1.PodScheduled); c != nil && c.Status == corev1.ConditionTrue && !c.LastTransitionTime.IsZero() {
		return c.LastTransitionTime.Time
	}
	return pod.CreationTimestamp.Time
}
