package pod

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/kinds"
)

func fields() map[string]func(kinds.Object) string {
	return map[string]func(kinds.Object) string{
		NodeIndex:                  kinds.Ask(func(p *corev1.Pod) string { return p.Spec.NodeName }),
		"spec.restartPolicy":       kinds.Ask(func(p *corev1.Pod) string { return string(p.Spec.RestartPolicy) }),
		"spec.schedulerName":       kinds.Ask(func(p *corev1.Pod) string { return p.Spec.SchedulerName }),
		"spec.serviceAccountName":  kinds.Ask(func(p *corev1.Pod) string { return p.Spec.ServiceAccountName }),
		"spec.hostNetwork":         kinds.Ask(func(p *corev1.Pod) string { return strconv.FormatBool(p.Spec.HostNetwork) }),
		"status.phase":             kinds.Ask(func(p *corev1.Pod) string { return string(p.Status.Phase) }),
		"status.podIP":             kinds.Ask(address),
		"status.podIPs":            kinds.Ask(address),
		"status.nominatedNodeName": kinds.Ask(func(p *corev1.Pod) string { return p.Status.NominatedNodeName }),
	}
}

func address(p *corev1.Pod) string {
	if len(p.Status.PodIPs) > 0 {
		return p.Status.PodIPs[0].IP
	}
	return p.Status.PodIP
}
