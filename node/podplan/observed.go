package podplan

import (
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Observed is what the runtime has of one pod.
type Observed struct {
	// Sandbox is the newest sandbox, nil for none.
	Sandbox *Sandbox
	// OldSandboxes are to be removed.
	OldSandboxes []string
	// Containers by name: the newest of each.
	Containers map[string]*Container
	// Dead are exited containers that are not the newest of their name, oldest first.
	Dead []*Container
}

// Sandbox is the pod's frame.
type Sandbox struct {
	ID      string
	Ready   bool
	Attempt uint32
	Created time.Time
	IPs     []string
}

// State is how far a container has got.
type State int

// The states of the CRI.
const (
	Created State = iota
	Running
	Exited
	Unknown
)

// Container is one run of a container.
type Container struct {
	ID, Name  string
	SandboxID string
	State     State
	// Attempt counts runs: the restart count.
	Attempt uint32
	// Hash of the spec that it was made of.
	Hash string

	CreatedAt, StartedAt, FinishedAt time.Time
	ExitCode                         int32
	Reason, Message                  string
	// Image is what was asked for, ImageID the image that runs.
	Image, ImageID string
	LogPath        string
	// User is who its first process runs as, nil where the runtime does not say.
	User *corev1.LinuxContainerUser
	// Limits are in force on it.
	Limits Limits
}

// Limits are what the kernel holds a container to, in its own units; 0 is no limit.
type Limits struct {
	// Known is false where the runtime does not say.
	Known                       bool
	CPUShares, CPUQuota, Memory int64
}

// Meet tells whether limits are those that are wanted, as far as anybody knows.
func (l Limits) Meet(wanted Limits) bool { return !l.Known || !wanted.Known || l == wanted }

// resizeRestarts tells whether a container must be started anew for the change of one of its limits.
func resizeRestarts(spec *corev1.Container, have, wanted Limits) bool {
	for _, p := range spec.ResizePolicy {
		changes := p.ResourceName == corev1.ResourceCPU && (have.CPUShares != wanted.CPUShares || have.CPUQuota != wanted.CPUQuota) ||
			p.ResourceName == corev1.ResourceMemory && have.Memory != wanted.Memory
		if changes && p.RestartPolicy == corev1.RestartContainer {
			return true
		}
	}
	return false
}

// Failed tells that the run ended badly, or cannot be told how.
func (c *Container) Failed() bool {
	return c.State == Unknown || c.State == Exited && c.ExitCode != 0
}
