package podstatus

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
)

// resources tells what the node has given the container: allocated is what it has promised, resources what is in force. (KEP-1287)
func (in Input) resources(status *corev1.ContainerStatus, spec *corev1.Container, c *podplan.Container, before *corev1.ContainerStatus) {
	given := &spec.Resources
	if in.Given != nil {
		if r := in.Given(spec); r != nil {
			given = r
		}
	}
	given = given.DeepCopy()
	given.Claims = nil
	status.AllocatedResources, status.Resources = given.DeepCopy().Requests, given
	if !in.inForce(spec, c) && before != nil && before.Resources != nil {
		status.Resources = before.Resources
	}
}

func (in Input) inForce(spec *corev1.Container, c *podplan.Container) bool {
	return c == nil || c.State != podplan.Running || in.InForce == nil || in.InForce(spec, c)
}

// resizing sets the conditions of a resize that is wished for or under way, and takes them away when it is over.
func (in Input) resizing(status *corev1.PodStatus, ended bool) {
	say := func(kind corev1.PodConditionType, is bool, reason, message string) {
		if !is || ended {
			status.Conditions = slices.DeleteFunc(status.Conditions, func(c corev1.PodCondition) bool { return c.Type == kind })
			return
		}
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, Reason: reason, Message: message, ObservedGeneration: in.Pod.Generation}
		pods.SetCondition(status, c, in.Now)
	}
	if p := in.Pending; p != nil {
		say(corev1.PodResizePending, true, p.Reason, p.Message)
	} else {
		say(corev1.PodResizePending, false, "", "")
	}
	under, reason := false, ""
	for _, list := range [][]corev1.Container{in.Pod.Spec.InitContainers, in.Pod.Spec.Containers} {
		for i := range list {
			under = under || !in.inForce(&list[i], in.Observed.Containers[list[i].Name])
		}
	}
	if in.ResizeFault != "" {
		reason = corev1.PodReasonError
	}
	say(corev1.PodResizeInProgress, under, reason, in.ResizeFault)
}
