package socket

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	utilexec "k8s.io/utils/exec"
)

func (s *runtimeServer) CreateContainer(ctx context.Context, q *runtimeapi.CreateContainerRequest) (*runtimeapi.CreateContainerResponse, error) {
	id, err := s.rt.CreateContainer(ctx, q.GetPodSandboxId(), q.GetConfig(), q.GetSandboxConfig())
	return &runtimeapi.CreateContainerResponse{ContainerId: id}, err
}

func (s *runtimeServer) StartContainer(ctx context.Context, q *runtimeapi.StartContainerRequest) (*runtimeapi.StartContainerResponse, error) {
	return &runtimeapi.StartContainerResponse{}, s.rt.StartContainer(ctx, q.GetContainerId())
}

func (s *runtimeServer) StopContainer(ctx context.Context, q *runtimeapi.StopContainerRequest) (*runtimeapi.StopContainerResponse, error) {
	return &runtimeapi.StopContainerResponse{}, s.rt.StopContainer(ctx, q.GetContainerId(), q.GetTimeout())
}

func (s *runtimeServer) RemoveContainer(ctx context.Context, q *runtimeapi.RemoveContainerRequest) (*runtimeapi.RemoveContainerResponse, error) {
	return &runtimeapi.RemoveContainerResponse{}, s.rt.RemoveContainer(ctx, q.GetContainerId())
}

func (s *runtimeServer) ListContainers(ctx context.Context, q *runtimeapi.ListContainersRequest) (*runtimeapi.ListContainersResponse, error) {
	list, err := s.rt.ListContainers(ctx, q.GetFilter())
	return &runtimeapi.ListContainersResponse{Containers: list}, err
}

func (s *runtimeServer) StreamContainers(q *runtimeapi.StreamContainersRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamContainersResponse]) error {
	list, err := s.rt.ListContainers(stream.Context(), q.GetFilter())
	return each(list, err, func(part []*runtimeapi.Container) error {
		return stream.Send(&runtimeapi.StreamContainersResponse{Containers: part})
	})
}

func (s *runtimeServer) ContainerStatus(ctx context.Context, q *runtimeapi.ContainerStatusRequest) (*runtimeapi.ContainerStatusResponse, error) {
	return s.rt.ContainerStatus(ctx, q.GetContainerId(), q.GetVerbose())
}

func (s *runtimeServer) UpdateContainerResources(ctx context.Context, q *runtimeapi.UpdateContainerResourcesRequest) (*runtimeapi.UpdateContainerResourcesResponse, error) {
	err := s.rt.UpdateContainerResources(ctx, q.GetContainerId(), &runtimeapi.ContainerResources{Linux: q.GetLinux(), Windows: q.GetWindows()})
	return &runtimeapi.UpdateContainerResourcesResponse{}, err
}

func (s *runtimeServer) ReopenContainerLog(ctx context.Context, q *runtimeapi.ReopenContainerLogRequest) (*runtimeapi.ReopenContainerLogResponse, error) {
	return &runtimeapi.ReopenContainerLogResponse{}, s.rt.ReopenContainerLog(ctx, q.GetContainerId())
}

func (s *runtimeServer) ExecSync(ctx context.Context, q *runtimeapi.ExecSyncRequest) (*runtimeapi.ExecSyncResponse, error) {
	out, errOut, err := s.rt.ExecSync(ctx, q.GetContainerId(), q.GetCmd(), time.Duration(q.GetTimeout())*time.Second)
	response := &runtimeapi.ExecSyncResponse{Stdout: out, Stderr: errOut}
	if exit := (utilexec.CodeExitError{}); errors.As(err, &exit) {
		response.ExitCode, err = int32(exit.Code), nil
	}
	return response, err
}

func (s *runtimeServer) Exec(ctx context.Context, q *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return s.rt.Exec(ctx, q)
}

func (s *runtimeServer) Attach(ctx context.Context, q *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	return s.rt.Attach(ctx, q)
}

func (s *runtimeServer) CheckpointContainer(ctx context.Context, q *runtimeapi.CheckpointContainerRequest) (*runtimeapi.CheckpointContainerResponse, error) {
	return &runtimeapi.CheckpointContainerResponse{}, s.rt.CheckpointContainer(ctx, q)
}

func (s *runtimeServer) ContainerStats(ctx context.Context, q *runtimeapi.ContainerStatsRequest) (*runtimeapi.ContainerStatsResponse, error) {
	stats, err := s.rt.ContainerStats(ctx, q.GetContainerId())
	return &runtimeapi.ContainerStatsResponse{Stats: stats}, err
}

func (s *runtimeServer) ListContainerStats(ctx context.Context, q *runtimeapi.ListContainerStatsRequest) (*runtimeapi.ListContainerStatsResponse, error) {
	list, err := s.rt.ListContainerStats(ctx, q.GetFilter())
	return &runtimeapi.ListContainerStatsResponse{Stats: list}, err
}

func (s *runtimeServer) StreamContainerStats(q *runtimeapi.StreamContainerStatsRequest, stream grpc.ServerStreamingServer[runtimeapi.StreamContainerStatsResponse]) error {
	list, err := s.rt.ListContainerStats(stream.Context(), q.GetFilter())
	return each(list, err, func(part []*runtimeapi.ContainerStats) error {
		return stream.Send(&runtimeapi.StreamContainerStatsResponse{ContainerStats: part})
	})
}
