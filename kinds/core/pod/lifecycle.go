package pod

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"argosy.dev/facts/pods"
	"argosy.dev/kinds/core/podtemplate"
)

func prepareCreate(p *corev1.Pod) {
	p.Status = corev1.PodStatus{Phase: corev1.PodPending, QOSClass: pods.QOS(&p.Spec)}
	if len(p.Spec.SchedulingGates) > 0 {
		p.Status.Conditions = []corev1.PodCondition{{
			Type:               corev1.PodScheduled,
			Status:             corev1.ConditionFalse,
			LastTransitionTime: p.CreationTimestamp,
			Reason:             corev1.PodReasonSchedulingGated,
			Message:            "Scheduling is blocked due to non-empty scheduling gates",
		}}
	}
	podtemplate.DropDisabled(&p.Spec)
	selectOwnLabels(p)
}

func prepareUpdate(p, old *corev1.Pod) {
	p.Status = old.Status
	podtemplate.DropDisabled(&p.Spec)
}

// Binding gives a pod its node, and is no change of what its user wants.
func generation(p, old *corev1.Pod) bool {
	wanted := p.Spec
	wanted.NodeName = old.Spec.NodeName
	return !equality.Semantic.DeepEqual(&wanted, &old.Spec)
}

// grace is how long the pod may take to stop: as the delete says, else as the pod says. What no node runs goes at once.
func grace(p *corev1.Pod, wanted *int64) int64 {
	if !pods.Scheduled(p) || pods.Finished(p) {
		return 0
	}
	seconds := wanted
	if seconds == nil {
		seconds = p.Spec.TerminationGracePeriodSeconds
	}
	switch {
	case seconds == nil:
		return 0
	case *seconds < 0:
		return 1
	}
	return *seconds
}

func warnings(p, old *corev1.Pod) []string {
	t := corev1.PodTemplateSpec{ObjectMeta: p.ObjectMeta, Spec: p.Spec}
	if old == nil {
		return podtemplate.SpecWarnings(&t, nil, nil)
	}
	return podtemplate.SpecWarnings(&t, &corev1.PodTemplateSpec{ObjectMeta: old.ObjectMeta, Spec: old.Spec}, nil)
}
