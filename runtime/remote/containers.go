package remote

import (
	"context"
	"fmt"
	"math"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	utilexec "k8s.io/utils/exec"
)

// CreateContainer makes a container in a sandbox.
func (r *Runtime) CreateContainer(ctx context.Context, sandboxID string, config *runtimeapi.ContainerConfig, sandbox *runtimeapi.PodSandboxConfig) (string, error) {
	response, err := call(ctx, usual, r.client.CreateContainer, &runtimeapi.CreateContainerRequest{PodSandboxId: sandboxID, Config: config, SandboxConfig: sandbox})
	return response.GetContainerId(), err
}

// StartContainer starts a container.
func (r *Runtime) StartContainer(ctx context.Context, id string) error {
	_, err := call(ctx, usual, r.client.StartContainer, &runtimeapi.StartContainerRequest{ContainerId: id})
	return err
}

// StopContainer ends a container, by force after timeout seconds.
func (r *Runtime) StopContainer(ctx context.Context, id string, timeout int64) error {
	limit := time.Duration(0)
	if timeout < int64(math.MaxInt64/time.Second)-int64(usual/time.Second) {
		limit = usual + time.Duration(max(timeout, 0))*time.Second
	}
	_, err := call(ctx, limit, r.client.StopContainer, &runtimeapi.StopContainerRequest{ContainerId: id, Timeout: timeout})
	return err
}

// RemoveContainer removes a container, running or not.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error {
	_, err := call(ctx, usual, r.client.RemoveContainer, &runtimeapi.RemoveContainerRequest{ContainerId: id})
	return err
}

// ListContainers lists containers.
func (r *Runtime) ListContainers(ctx context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	response, err := call(ctx, usual, r.client.ListContainers, &runtimeapi.ListContainersRequest{Filter: filter})
	return response.GetContainers(), err
}

// ContainerStatus describes a container.
func (r *Runtime) ContainerStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.ContainerStatusResponse, error) {
	return call(ctx, usual, r.client.ContainerStatus, &runtimeapi.ContainerStatusRequest{ContainerId: id, Verbose: verbose})
}

// UpdateContainerResources changes what a running container may use.
func (r *Runtime) UpdateContainerResources(ctx context.Context, id string, resources *runtimeapi.ContainerResources) error {
	_, err := call(ctx, usual, r.client.UpdateContainerResources, &runtimeapi.UpdateContainerResourcesRequest{ContainerId: id, Linux: resources.GetLinux(), Windows: resources.GetWindows()})
	return err
}

// ReopenContainerLog makes the runtime write to a new log file.
func (r *Runtime) ReopenContainerLog(ctx context.Context, id string) error {
	_, err := call(ctx, usual, r.client.ReopenContainerLog, &runtimeapi.ReopenContainerLogRequest{ContainerId: id})
	return err
}

// ExecSync runs a command and waits for it. One that ends with another code than 0 is an exec.CodeExitError.
func (r *Runtime) ExecSync(ctx context.Context, id string, command []string, timeout time.Duration) (stdout, stderr []byte, err error) {
	limit := time.Duration(0)
	if timeout > 0 {
		limit = usual + timeout
	}
	// The runtime counts whole seconds: a part of one is a whole one.
	response, err := call(ctx, limit, r.client.ExecSync, &runtimeapi.ExecSyncRequest{ContainerId: id, Cmd: command, Timeout: int64((timeout + time.Second - 1) / time.Second)})
	if err != nil {
		return nil, nil, err
	}
	if response.ExitCode != 0 {
		err = utilexec.CodeExitError{Err: fmt.Errorf("the command ended with exit code %d", response.ExitCode), Code: int(response.ExitCode)}
	}
	return response.Stdout, response.Stderr, err
}

// Exec gives out an address for running a command in a container.
func (r *Runtime) Exec(ctx context.Context, request *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return call(ctx, usual, r.client.Exec, request)
}

// Attach gives out an address for attaching to a container's streams.
func (r *Runtime) Attach(ctx context.Context, request *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	return call(ctx, usual, r.client.Attach, request)
}

// CheckpointContainer writes a running container's state into an archive.
func (r *Runtime) CheckpointContainer(ctx context.Context, request *runtimeapi.CheckpointContainerRequest) error {
	limit := time.Duration(0)
	if request.GetTimeout() > 0 {
		limit = usual + time.Duration(request.GetTimeout())*time.Second
	}
	_, err := call(ctx, limit, r.client.CheckpointContainer, request)
	return err
}

// ContainerStats are a container's figures.
func (r *Runtime) ContainerStats(ctx context.Context, id string) (*runtimeapi.ContainerStats, error) {
	response, err := call(ctx, usual, r.client.ContainerStats, &runtimeapi.ContainerStatsRequest{ContainerId: id})
	return response.GetStats(), err
}

// ListContainerStats are the figures of containers.
func (r *Runtime) ListContainerStats(ctx context.Context, filter *runtimeapi.ContainerStatsFilter) ([]*runtimeapi.ContainerStats, error) {
	response, err := call(ctx, usual, r.client.ListContainerStats, &runtimeapi.ListContainerStatsRequest{Filter: filter})
	return response.GetStats(), err
}
