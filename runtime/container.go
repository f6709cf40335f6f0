package runtime

import (
	"path/filepath"
	"sync"

	imagespec "github.com/opencontainers/image-spec/specs-go/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
	"argosy.dev/runtime/spec"
	"argosy.dev/runtime/supervisor/wire"
)

// container is one container, from its creation to its removal.
type container struct {
	id string

	// life lets one of start, stop and remove act at a time. It is taken after the sandbox's and before mu.
	life sync.Mutex

	mu      sync.Mutex // guards what follows, but for what never changes: record.SandboxID, Cgroup and Config
	record  containerRecord
	process wire.Process  // when it started and ended, as far as it did
	init    *wire.Init    // its description; nil until needed after an adoption
	ended   chan struct{} // closed when the process ended
	// starting: the start is not announced yet, so an end is not either.
	starting bool
}

// containerRecord is what is kept on disk.
type containerRecord struct {
	// Complete: CreateContainer came to its end, so that somebody knows of the container.
	Complete  bool
	SandboxID string
	Cgroup    string
	Config    *runtimeapi.ContainerConfig
	CreatedAt int64

	ImageID, ImageRef string
	Image             imagespec.ImageConfig
	Root              string
	User              spec.User
	LogPath           string
	// Resources are in force instead of Config's after an update; nil before.
	Resources *runtimeapi.LinuxContainerResources

	// Reason and Message say more about an end than the exit code does; usually empty.
	Reason, Message string
}

func (c *container) snapshot() (containerRecord, wire.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.record, c.process
}

func (rec *containerRecord) resources() *runtimeapi.LinuxContainerResources {
	if rec.Resources != nil {
		return rec.Resources
	}
	return rec.Config.GetLinux().GetResources()
}

func stateOf(p wire.Process) runtimeapi.ContainerState {
	switch {
	case p.Finished != 0:
		return runtimeapi.ContainerState_CONTAINER_EXITED
	case p.Started != 0:
		return runtimeapi.ContainerState_CONTAINER_RUNNING
	}
	return runtimeapi.ContainerState_CONTAINER_CREATED
}

func (r *Runtime) exitPath(id string) string {
	return filepath.Join(r.opts.containerState(id), "exit")
}

func (r *Runtime) group(c *container) *cgroup.Group { return r.cgroups.Group(c.record.Cgroup) }

// ownPIDs reports whether the container's first process is the first of a process namespace, so that none outlives it.
func ownPIDs(config *runtimeapi.ContainerConfig) bool {
	return config.GetLinux().GetSecurityContext().GetNamespaceOptions().GetPid() == runtimeapi.NamespaceMode_CONTAINER
}
