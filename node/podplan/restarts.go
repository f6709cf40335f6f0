package podplan

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
)

// Restarts tells whether a container that has ended is started again: by the first of its rules that speaks of its end (KEP-5307), else by its
// own policy, else by the pod's. Whoever restarts all containers restarts this one, too (KEP-5532).
func Restarts(pod *corev1.Pod, spec *corev1.Container, init bool, c *Container) bool {
	if init && pods.Sidecar(spec) || rule(spec, c) != "" {
		return true
	}
	policy := pod.Spec.RestartPolicy
	if spec.RestartPolicy != nil {
		policy = corev1.RestartPolicy(*spec.RestartPolicy)
	}
	switch {
	case policy == corev1.RestartPolicyNever:
		return false
	case init, policy == corev1.RestartPolicyOnFailure:
		return c.Failed()
	}
	return true
}

// rule is what the first rule that speaks of a container's end asks for; "" where none does.
func rule(spec *corev1.Container, c *Container) corev1.ContainerRestartRuleAction {
	if c.State != Exited {
		return "" // nobody knows its code
	}
	for i := range spec.RestartPolicyRules {
		r := &spec.RestartPolicyRules[i]
		if r.ExitCodes == nil {
			continue
		}
		listed := slices.Contains(r.ExitCodes.Values, c.ExitCode)
		if listed == (r.ExitCodes.Operator == corev1.ContainerRestartRuleOnExitCodesOpIn) {
			return r.Action
		}
	}
	return ""
}

// RestartsAll finds a container of the present sandbox whose end asks for all of the pod's containers to be restarted; nil for none.
func RestartsAll(pod *corev1.Pod, o Observed) *Container {
	if o.Sandbox == nil {
		return nil
	}
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			c := o.Containers[list[i].Name]
			if c != nil && c.SandboxID == o.Sandbox.ID && rule(&list[i], c) == corev1.ContainerRestartRuleActionRestartAllContainers {
				return c
			}
		}
	}
	return nil
}

// restartAll ends what still runs, at once and without its hooks, and then takes away every run. The one that asked for it goes last: what of
// this was done when the agent is killed goes on with the next.
func (d *decision) restartAll(trigger *Container) {
	d.waitAll("RestartingAllContainers")
	now := int64(0)
	var ended []*Container
	each(d.Pod, func(spec *corev1.Container) {
		switch c := d.current(spec.Name); {
		case c == nil || c == trigger:
		case c.State == Running:
			d.plan.Kill = append(d.plan.Kill, Kill{Container: c, Message: "Container " + c.Name + " is restarted with all of its pod, as container " + trigger.Name + " asks", Grace: &now})
		default:
			ended = append(ended, c)
		}
	})
	if len(d.plan.Kill) > 0 || d.held(trigger.Name) {
		return
	}
	d.plan.Reset = append(ended, trigger)
}

// each calls do for the containers that live as long as the pod's specification says.
func each(pod *corev1.Pod, do func(spec *corev1.Container)) {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			do(&list[i])
		}
	}
}

// finished tells that no container of the pod will run again.
func finished(in Input) bool {
	pod := in.Pod
	if pods.Finished(pod) {
		return true
	}
	for i := range pod.Spec.InitContainers {
		spec := &pod.Spec.InitContainers[i]
		if pods.Sidecar(spec) {
			continue
		}
		c := in.Observed.Containers[spec.Name]
		if c != nil && c.State == Exited && c.Failed() && !Restarts(pod, spec, true, c) {
			return true
		}
	}
	for i := range pod.Spec.Containers {
		spec := &pod.Spec.Containers[i]
		c := in.Observed.Containers[spec.Name]
		if c == nil && lostForGood(in, spec) {
			continue
		}
		if c == nil || c.State != Exited && c.State != Unknown || Restarts(pod, spec, false, c) {
			return false
		}
		if c.Hash != in.Hash(spec) || in.Renewed[c.ID] {
			return false // it was ended for the sake of its new spec
		}
	}
	return true
}

// lostForGood tells of a container that the runtime does not have any more (the node was stopped, or lost its disk) and that
// is not started again: it ran by what the API knows, and how it ended, or must be taken to have ended, is its end.
func lostForGood(in Input, spec *corev1.Container) bool {
	pod := in.Pod
	s := pods.Status(pod.Status.ContainerStatuses, spec.Name)
	if s == nil || s.ContainerID == "" {
		return false
	}
	if c := pods.Condition(&pod.Status, corev1.AllContainersRestarting); c != nil && c.Status == corev1.ConditionTrue {
		return false // it was taken away to be started anew
	}
	if _, id, ok := strings.Cut(s.ContainerID, "://"); ok && in.Renewed[id] {
		return false // so it was, and that is not told yet
	}
	end := Container{State: Unknown}
	if t := s.State.Terminated; t != nil {
		end = Container{State: Exited, ExitCode: t.ExitCode}
	}
	return !Restarts(pod, spec, false, &end)
}
