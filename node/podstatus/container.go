package podstatus

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"argosy.dev/facts/pods"
	"argosy.dev/node/podplan"
)

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
		if len(in.Pod.Spec.InitContainers) > 0 {
			status.State.Waiting.Reason = "PodInitializing" // the init containers themselves, too
		}
	}
	in.readiness(&status, spec, init)
	in.resources(&status, spec, c, before)
	status.VolumeMounts = volumeMounts(spec)
	if c != nil && c.User != nil {
		status.User = &corev1.ContainerUser{Linux: c.User}
	} else if before != nil {
		status.User = before.User
	}
	return status
}

// ephemeral makes the statuses of containers for debugging. They have no readiness, and are not told of before they are there. (KEP-277)
func (in Input) ephemeral() []corev1.ContainerStatus {
	var list []corev1.ContainerStatus
	for i := range in.Pod.Spec.EphemeralContainers {
		spec := podplan.Ephemeral(&in.Pod.Spec.EphemeralContainers[i])
		s := in.container(spec, pods.Status(in.Pod.Status.EphemeralContainerStatuses, spec.Name), false)
		s.Ready, s.Started = false, nil
		list = append(list, s)
	}
	return list
}

func volumeMounts(spec *corev1.Container) []corev1.VolumeMountStatus {
	var list []corev1.VolumeMountStatus
	for _, m := range spec.VolumeMounts {
		s := corev1.VolumeMountStatus{Name: m.Name, MountPath: m.MountPath, ReadOnly: m.ReadOnly}
		if m.ReadOnly {
			mode := corev1.RecursiveReadOnlyDisabled
			if r := m.RecursiveReadOnly; r != nil && *r != corev1.RecursiveReadOnlyDisabled {
				mode = corev1.RecursiveReadOnlyEnabled
			}
			s.RecursiveReadOnly = &mode
		}
		list = append(list, s)
	}
	return list
}

// unknownReason is told of a container of which nobody knows how it ended.
const unknownReason = "ContainerStatusUnknown"

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
		status.State.Terminated = &corev1.ContainerStateTerminated{ExitCode: 137, Reason: unknownReason,
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
		t.ExitCode, t.Reason = 137, unknownReason
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
