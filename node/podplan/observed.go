package podplan

import "time"

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
}

// Failed tells that the run ended badly, or cannot be told how.
func (c *Container) Failed() bool {
	return c.State == Unknown || c.State == Exited && c.ExitCode != 0
}
