package podstatus

import (
	"sort"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
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
	phase, reason, message := in.phase(status.InitContainerStatuses, status.ContainerStatuses)
	if !pods.Finished(pod) || phase == corev1.PodFailed {
		status.Phase = phase
	}
	if reason != "" {
		status.Reason, status.Message = reason, message
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
	for _, c := range containers {
		switch {
		case c.State.Running != nil:
			running++
		case c.State.Terminated != nil && c.State.Terminated.ExitCode == 0:
			succeeded++
		case c.State.Terminated != nil:
			failed++
		case c.LastTerminationState.Terminated != nil:
			running++ // between two runs
		default:
			waiting++
		}
	}
	for i, c := range inits {
		spec := &pod.Spec.InitContainers[i]
		if pods.Sidecar(spec) {
			continue
		}
		t := c.State.Terminated
		if t != nil && t.ExitCode != 0 && pod.Spec.RestartPolicy == corev1.RestartPolicyNever {
			return corev1.PodFailed, "", ""
		}
		if (t == nil || t.ExitCode != 0) && running+succeeded+failed == 0 {
			return corev1.PodPending, "", ""
		}
	}
	over := pod.Spec.RestartPolicy == corev1.RestartPolicyNever || in.Stopped
	switch {
	case waiting > 0:
		return corev1.PodPending, "", ""
	case running > 0:
		return corev1.PodRunning, "", ""
	case failed > 0 && over:
		return corev1.PodFailed, "", ""
	case failed == 0 && (over || pod.Spec.RestartPolicy == corev1.RestartPolicyOnFailure):
		return corev1.PodSucceeded, "", ""
	}
	return corev1.PodRunning, "", ""
}

// containers makes the statuses in the order of the specs.
func (in Input) containers(specs []corev1.Container, before []corev1.ContainerStatus, init bool) []corev1.ContainerStatus {
	var list []corev1.ContainerStatus
	for i := range specs {
		list = append(list, in.container(&specs[i], pods.Status(before, specs[i].Name), init))
	}
	return list
}

func (in Input) container(spec *corev1.Container, before *corev1.ContainerStatus, init bool) corev1.ContainerStatus {
	status := corev1.ContainerStatus{Name: spec.Name, Image: spec.Image, ImageID: ""}
	if before != nil {
		status.LastTerminationState = before.LastTerminationState
		status.RestartCount = before.RestartCount
	}
	c := in.Observed.Containers[spec.Name]
	waiting, held := in.Waiting[spec.Name]
	switch {
	case c == nil:
		in.neverRan(&status, before)
	case c.State == podplan.Running:
		status.State.Running = &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(c.StartedAt)}
	case c.State == podplan.Exited || c.State == podplan.Unknown:
		status.State.Terminated = in.terminated(spec, c)
	}
	if c != nil {
		status.RestartCount = int32(c.Attempt)
		status.ContainerID = "argosy://" + c.ID
		if c.ImageID != "" {
			status.ImageID = c.ImageID
		}
		if c.Image != "" {
			status.Image = c.Image
		}
		if last := in.lastDead(spec.Name, c); last != nil {
			status.LastTerminationState = corev1.ContainerState{Terminated: in.terminated(spec, last)}
		}
	}
	if held && status.State.Running == nil {
		if t := status.State.Terminated; t != nil {
			status.LastTerminationState = corev1.ContainerState{Terminated: t}
		}
		status.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: waiting.Reason, Message: waiting.Message}}
	}
	if status.State.Running == nil && status.State.Terminated == nil && status.State.Waiting == nil {
		status.State.Waiting = &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}
	}
	in.readiness(&status, spec, init)
	if r := spec.Resources; len(r.Requests) > 0 || len(r.Limits) > 0 {
		status.Resources = r.DeepCopy()
		status.AllocatedResources = r.DeepCopy().Requests
	} else {
		status.Resources = &corev1.ResourceRequirements{}
	}
	return status
}

// neverRan is the status of a container that the runtime does not have: as told before, if its end was told.
func (in Input) neverRan(status *corev1.ContainerStatus, before *corev1.ContainerStatus) {
	if before == nil {
		return
	}
	switch {
	case before.State.Terminated != nil:
		status.State, status.ContainerID, status.ImageID = before.State, before.ContainerID, before.ImageID
	case before.State.Running != nil && in.Stopped:
		// It ran when last heard of, and is gone without a trace.
		status.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137, Reason: "ContainerStatusUnknown",
			Message: "The container could not be located when the pod was terminated", ContainerID: before.ContainerID}
		status.ContainerID, status.ImageID = before.ContainerID, before.ImageID
	}
}

func (in Input) lastDead(name string, current *podplan.Container) *podplan.Container {
	var last *podplan.Container
	for _, d := range in.Observed.Dead {
		if d.Name == name && d.ID != current.ID && (last == nil || d.Attempt > last.Attempt) {
			last = d
		}
	}
	return last
}

func (in Input) terminated(spec *corev1.Container, c *podplan.Container) *corev1.ContainerStateTerminated {
	t := &corev1.ContainerStateTerminated{ExitCode: c.ExitCode, Reason: c.Reason, Message: c.Message,
		StartedAt: metav1.NewTime(c.StartedAt), FinishedAt: metav1.NewTime(c.FinishedAt), ContainerID: "argosy://" + c.ID}
	if c.State == podplan.Unknown {
		t.ExitCode, t.Reason = 137, "ContainerStatusUnknown"
	}
	if t.Reason == "" {
		t.Reason = "Completed"
		if t.ExitCode != 0 {
			t.Reason = "Error"
		}
	}
	if in.TerminationMessage != nil {
		if m := in.TerminationMessage(spec, c); m != "" {
			t.Message = m
		}
	}
	return t
}

func (in Input) readiness(status *corev1.ContainerStatus, spec *corev1.Container, init bool) {
	started := status.State.Running != nil && (in.Started == nil || in.Started(spec.Name))
	ready := started && (in.Ready == nil || in.Ready(spec.Name))
	if init && !pods.Sidecar(spec) {
		// An init container is ready when it has done its work.
		ready = status.State.Terminated != nil && status.State.Terminated.ExitCode == 0
	}
	status.Ready, status.Started = ready, &started
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
