package runtime

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// UpdateContainerResources changes a container's limits while it lives, and what its status tells of them.
func (r *Runtime) UpdateContainerResources(_ context.Context, id string, resources *runtimeapi.ContainerResources) error {
	c, err := r.container(id)
	if err != nil {
		return err
	}
	c.life.Lock()
	defer c.life.Unlock()
	rec, p := c.snapshot()
	if stateOf(p) == runtimeapi.ContainerState_CONTAINER_EXITED {
		return fmt.Errorf("the container %s has ended", c.id)
	}
	limits, err := limitsOf(resources.GetLinux(), r.cgroups.V2())
	if err != nil {
		return err
	}
	if err := r.group(c).Set(limits); err != nil {
		return fmt.Errorf("changing the resources of the container %s: %w", c.id, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.record.Resources = merged(rec.resources(), resources.GetLinux())
	return writeRecord(r.opts.containerState(c.id), &c.record)
}

// merged lays an update over what was in force: what it does not mention stays.
func merged(old, update *runtimeapi.LinuxContainerResources) *runtimeapi.LinuxContainerResources {
	result := &runtimeapi.LinuxContainerResources{}
	if old != nil {
		result = proto.Clone(old).(*runtimeapi.LinuxContainerResources)
	}
	for _, f := range [...]struct{ to, from *int64 }{
		{&result.CpuPeriod, &update.CpuPeriod}, {&result.CpuQuota, &update.CpuQuota}, {&result.CpuShares, &update.CpuShares},
		{&result.MemoryLimitInBytes, &update.MemoryLimitInBytes}, {&result.MemorySwapLimitInBytes, &update.MemorySwapLimitInBytes},
		{&result.OomScoreAdj, &update.OomScoreAdj},
	} {
		if *f.from != 0 {
			*f.to = *f.from
		}
	}
	result.CpusetCpus = orElse(update.CpusetCpus, result.CpusetCpus)
	result.CpusetMems = orElse(update.CpusetMems, result.CpusetMems)
	if len(update.HugepageLimits) > 0 {
		result.HugepageLimits = update.HugepageLimits
	}
	if len(update.Unified) > 0 {
		result.Unified = update.Unified
	}
	return result
}

// UpdatePodSandboxResources changes what a pod may use as a whole. Where the pod's cgroup is the agent's own, the agent did so itself.
func (r *Runtime) UpdatePodSandboxResources(_ context.Context, req *runtimeapi.UpdatePodSandboxResourcesRequest) (*runtimeapi.UpdatePodSandboxResourcesResponse, error) {
	s, err := r.sandbox(req.GetPodSandboxId())
	if err != nil {
		return nil, err
	}
	if err := r.limitPod(s, req.GetResources()); err != nil {
		return nil, fmt.Errorf("changing the resources of the sandbox %s: %w", s.id, err)
	}
	return &runtimeapi.UpdatePodSandboxResourcesResponse{}, nil
}

// ReopenContainerLog makes a running container's log go on in a fresh file, after the agent moved the old one away.
func (r *Runtime) ReopenContainerLog(ctx context.Context, id string) error {
	s, c, _, err := r.running(id)
	if err != nil {
		return err
	}
	client := s.supervisor()
	if client == nil {
		return fmt.Errorf("the container %s has no supervisor", c.id)
	}
	if c.record.LogPath == "" {
		return fmt.Errorf("the container %s has no log", c.id)
	}
	return client.Reopen(ctx, c.id, c.record.LogPath)
}

// CheckpointContainer is not possible with this runtime.
func (r *Runtime) CheckpointContainer(context.Context, *runtimeapi.CheckpointContainerRequest) error {
	return unimplemented("container checkpoints are not implemented yet")
}
