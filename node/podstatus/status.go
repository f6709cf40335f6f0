package podstatus

import (
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
	"argosy.dev/node/resize"
)

// Input is everything that a status depends on.
type Input struct {
	Pod      *corev1.Pod
	Observed podplan.Observed
	// Waiting says why containers do not run, from the plan and from failed starts.
	Waiting map[string]podplan.Waiting
	// Ready and Started are what probes say of running containers; nil: every running container is both.
	Ready, Started func(container string) bool
	// TerminationMessage reads what an exited container left; may be nil.
	TerminationMessage func(spec *corev1.Container, c *podplan.Container) string
	HostIPs            []string
	// Rejected is set when the node does not take the pod at all.
	Rejected *podplan.Waiting
	// Evicted is set when the node has ended the pod for taking more than it may.
	Evicted *podplan.Waiting
	// Given says what a container has been promised, InForce whether that is what a running one is held to; nil: as its spec says, and always.
	Given   func(spec *corev1.Container) *corev1.ResourceRequirements
	InForce func(spec *corev1.Container, c *podplan.Container) bool
	// Pending is why a wish for other resources is not granted, ResizeFault why what was granted cannot be put in force.
	Pending     *resize.Pending
	ResizeFault string
	// Stopped: nothing of the pod runs any more, and nothing will.
	Stopped bool
	Now     time.Time
}

// Compute makes the status. Fields that the node does not own (resize, nominated node, conditions of others) are kept.
func Compute(in Input) corev1.PodStatus {
	pod := in.Pod
	status := *pod.Status.DeepCopy()
	status.ObservedGeneration = pod.Generation
	if pods.Finished(pod) && in.Observed.Sandbox == nil {
		return status // told already, and the runtime has nothing more to say
	}
	if in.Rejected != nil {
		status.Phase, status.Reason, status.Message = corev1.PodFailed, in.Rejected.Reason, in.Rejected.Message
		setStart(&status, in.Now)
		return status
	}
	setStart(&status, in.Now)
	setAddresses(&status, in)
	if status.QOSClass == "" {
		status.QOSClass = pods.QOS(&pod.Spec)
	}
	status.InitContainerStatuses = in.containers(pod.Spec.InitContainers, pod.Status.InitContainerStatuses, true)
	status.ContainerStatuses = in.containers(pod.Spec.Containers, pod.Status.ContainerStatuses, false)
	status.EphemeralContainerStatuses = in.ephemeral()
	phase, reason, message := in.phase(status.InitContainerStatuses, status.ContainerStatuses)
	if !pods.Finished(pod) || phase == corev1.PodFailed {
		status.Phase = phase
	}
	if reason != "" {
		status.Reason, status.Message = reason, message
	}
	if why := in.Evicted; why != nil && in.Stopped {
		status.Phase, status.Reason, status.Message = corev1.PodFailed, why.Reason, why.Message
		pods.SetCondition(&status, corev1.PodCondition{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue, ObservedGeneration: pod.Generation,
			Reason: corev1.PodReasonTerminationByKubelet, Message: why.Message}, in.Now)
	}
	in.conditions(&status)
	return status
}

func setStart(status *corev1.PodStatus, now time.Time) {
	if status.StartTime == nil {
		t := metav1.NewTime(now.UTC().Truncate(time.Second))
		status.StartTime = &t
	}
}

func setAddresses(status *corev1.PodStatus, in Input) {
	if len(in.HostIPs) > 0 {
		status.HostIP, status.HostIPs = in.HostIPs[0], nil
		for _, ip := range in.HostIPs {
			status.HostIPs = append(status.HostIPs, corev1.HostIP{IP: ip})
		}
	}
	var ips []string
	switch {
	case in.Pod.Spec.HostNetwork && in.Observed.Sandbox != nil:
		ips = in.HostIPs
	case in.Observed.Sandbox != nil && len(in.Observed.Sandbox.IPs) > 0:
		ips = in.Observed.Sandbox.IPs
	default:
		return // the last known address stays: a finished pod keeps telling where it was
	}
	status.PodIPs = nil
	for i, ip := range ips {
		if i == 0 {
			status.PodIP = ip
		}
		status.PodIPs = append(status.PodIPs, corev1.PodIP{IP: ip})
	}
}

// phase follows the documentation of PodPhase: what the containers do decides.
func (in Input) phase(inits, containers []corev1.ContainerStatus) (phase corev1.PodPhase, reason, message string) {
	pod := in.Pod
	if d := pod.Spec.ActiveDeadlineSeconds; d != nil && pod.Status.StartTime != nil && !pods.Finished(pod) &&
		in.Now.Sub(pod.Status.StartTime.Time) >= time.Duration(*d)*time.Second {
		return corev1.PodFailed, "DeadlineExceeded", "Pod was active on the node longer than the specified deadline"
	}
	running, waiting, succeeded, failed := 0, 0, 0, 0
	for i := range containers {
		c := &containers[i]
		switch t := c.State.Terminated; {
		case c.State.Running != nil:
			running++
		case t != nil && !in.Stopped && in.restarts(&pod.Spec.Containers[i], t, false):
			running++ // between two runs
		case t != nil && t.ExitCode == 0:
			succeeded++
		case t != nil:
			failed++
		case c.LastTerminationState.Terminated != nil:
			running++ // between two runs
		default:
			waiting++
		}
	}
	for i := range inits {
		spec, t := &pod.Spec.InitContainers[i], inits[i].State.Terminated
		if pods.Sidecar(spec) {
			continue
		}
		if t != nil && t.ExitCode != 0 && !in.restarts(spec, t, true) {
			return corev1.PodFailed, "", ""
		}
		if (t == nil || t.ExitCode != 0) && running+succeeded+failed == 0 {
			return corev1.PodPending, "", ""
		}
	}
	switch {
	case waiting > 0:
		return corev1.PodPending, "", ""
	case running > 0:
		return corev1.PodRunning, "", ""
	case failed > 0:
		return corev1.PodFailed, "", ""
	}
	return corev1.PodSucceeded, "", ""
}

// restarts tells whether a container that has ended so is started again.
func (in Input) restarts(spec *corev1.Container, t *corev1.ContainerStateTerminated, init bool) bool {
	end := podplan.Container{State: podplan.Exited, ExitCode: t.ExitCode}
	if t.Reason == unknownReason {
		end.State = podplan.Unknown
	}
	return podplan.Restarts(in.Pod, spec, init, &end)
}

// conditions sets those that the node owns.
func (in Input) conditions(status *corev1.PodStatus) {
	set := func(kind corev1.PodConditionType, ok bool, reason, message string) {
		c := corev1.PodCondition{Type: kind, Status: corev1.ConditionFalse, Reason: reason, Message: message, ObservedGeneration: in.Pod.Generation}
		if ok {
			c.Status, c.Reason, c.Message = corev1.ConditionTrue, "", ""
		}
		pods.SetCondition(status, c, in.Now)
	}
	done := status.Phase == corev1.PodSucceeded
	ended := done || status.Phase == corev1.PodFailed
	unready, uninitialized := in.unready(status)
	reason, message := "ContainersNotReady", ""
	if len(unready) > 0 {
		message = "containers with unready status: " + list(unready)
	}
	if done {
		reason, message = "PodCompleted", ""
	} else if ended {
		reason, message = "PodFailed", ""
	}
	set(corev1.PodReadyToStartContainers, in.Observed.Sandbox != nil && in.Observed.Sandbox.Ready, "", "")
	initMessage := ""
	if len(uninitialized) > 0 {
		initMessage = "containers with incomplete status: " + list(uninitialized)
	}
	set(corev1.PodInitialized, len(uninitialized) == 0 || done, "ContainersNotInitialized", initMessage)
	containersReady := len(unready) == 0 && !ended
	set(corev1.ContainersReady, containersReady, reason, message)
	gates := in.closedGates(status)
	if containersReady && len(gates) > 0 {
		set(corev1.PodReady, false, "ReadinessGatesNotReady", "corresponding condition of pod readiness gate "+list(gates)+" is not True")
	} else {
		set(corev1.PodReady, containersReady, reason, message)
	}
	set(corev1.PodScheduled, true, "", "")
	if again := podplan.RestartsAll(in.Pod, in.Observed); again != nil && !ended {
		set(corev1.AllContainersRestarting, true, "", "")
	} else if pods.Condition(status, corev1.AllContainersRestarting) != nil {
		set(corev1.AllContainersRestarting, false, "", "")
	}
	in.resizing(status, ended)
	sort.SliceStable(status.Conditions, func(i, j int) bool { return order(status.Conditions[i].Type) < order(status.Conditions[j].Type) })
}

func (in Input) unready(status *corev1.PodStatus) (unready, uninitialized []string) {
	started := false
	for _, c := range status.ContainerStatuses {
		if !c.Ready {
			unready = append(unready, c.Name)
		}
		started = started || c.State.Running != nil || c.State.Terminated != nil || c.LastTerminationState.Terminated != nil
	}
	for i, c := range status.InitContainerStatuses {
		sidecar := pods.Sidecar(&in.Pod.Spec.InitContainers[i])
		if sidecar && !c.Ready {
			unready = append(unready, c.Name)
		}
		if !started && (sidecar && (c.Started == nil || !*c.Started) || !sidecar && !c.Ready) {
			uninitialized = append(uninitialized, c.Name)
		}
	}
	return unready, uninitialized
}

func (in Input) closedGates(status *corev1.PodStatus) []string {
	var closed []string
	for _, g := range in.Pod.Spec.ReadinessGates {
		if c := pods.Condition(status, g.ConditionType); c == nil || c.Status != corev1.ConditionTrue {
			closed = append(closed, string(g.ConditionType))
		}
	}
	return closed
}

// order is in which conditions are shown; others' come last, as they were.
func order(kind corev1.PodConditionType) int {
	for i, k := range [...]corev1.PodConditionType{corev1.PodReadyToStartContainers, corev1.PodInitialized, corev1.PodReady, corev1.ContainersReady, corev1.PodScheduled} {
		if k == kind {
			return i
		}
	}
	return 9
}

// list writes names as upstream does: [a b].
func list(names []string) string {
	s := "["
	for i, n := range names {
		if i > 0 {
			s += " "
		}
		s += n
	}
	return s + "]"
}
