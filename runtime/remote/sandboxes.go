package remote

import (
	"context"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// Version tells what the runtime is.
func (r *Runtime) Version(ctx context.Context, version string) (*runtimeapi.VersionResponse, error) {
	return call(ctx, usual, r.client.Version, &runtimeapi.VersionRequest{Version: version})
}

// Status tells whether runtime and network are ready.
func (r *Runtime) Status(ctx context.Context, verbose bool) (*runtimeapi.StatusResponse, error) {
	return call(ctx, usual, r.client.Status, &runtimeapi.StatusRequest{Verbose: verbose})
}

// RuntimeConfig tells how the runtime is set up, as far as it concerns the agent.
func (r *Runtime) RuntimeConfig(ctx context.Context) (*runtimeapi.RuntimeConfigResponse, error) {
	return call(ctx, usual, r.client.RuntimeConfig, &runtimeapi.RuntimeConfigRequest{})
}

// UpdateRuntimeConfig tells the runtime about the cluster.
func (r *Runtime) UpdateRuntimeConfig(ctx context.Context, config *runtimeapi.RuntimeConfig) error {
	_, err := call(ctx, usual, r.client.UpdateRuntimeConfig, &runtimeapi.UpdateRuntimeConfigRequest{RuntimeConfig: config})
	return err
}

// RunPodSandbox makes a sandbox and starts it.
func (r *Runtime) RunPodSandbox(ctx context.Context, config *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	response, err := call(ctx, patient, r.client.RunPodSandbox, &runtimeapi.RunPodSandboxRequest{Config: config, RuntimeHandler: handler})
	return response.GetPodSandboxId(), err
}

// StopPodSandbox ends what runs in a sandbox and takes its network away.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	_, err := call(ctx, patient, r.client.StopPodSandbox, &runtimeapi.StopPodSandboxRequest{PodSandboxId: id})
	return err
}

// RemovePodSandbox removes a sandbox with its containers.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	_, err := call(ctx, patient, r.client.RemovePodSandbox, &runtimeapi.RemovePodSandboxRequest{PodSandboxId: id})
	return err
}

// PodSandboxStatus describes a sandbox.
func (r *Runtime) PodSandboxStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	return call(ctx, usual, r.client.PodSandboxStatus, &runtimeapi.PodSandboxStatusRequest{PodSandboxId: id, Verbose: verbose})
}

// ListPodSandbox lists sandboxes.
func (r *Runtime) ListPodSandbox(ctx context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	response, err := call(ctx, usual, r.client.ListPodSandbox, &runtimeapi.ListPodSandboxRequest{Filter: filter})
	return response.GetItems(), err
}

// PortForward gives out an address for connections to a pod's ports.
func (r *Runtime) PortForward(ctx context.Context, request *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	return call(ctx, usual, r.client.PortForward, request)
}

// UpdatePodSandboxResources tells the runtime what a pod may use as a whole.
func (r *Runtime) UpdatePodSandboxResources(ctx context.Context, request *runtimeapi.UpdatePodSandboxResourcesRequest) (*runtimeapi.UpdatePodSandboxResourcesResponse, error) {
	return call(ctx, usual, r.client.UpdatePodSandboxResources, request)
}

// PodSandboxStats are a sandbox's figures.
func (r *Runtime) PodSandboxStats(ctx context.Context, id string) (*runtimeapi.PodSandboxStats, error) {
	response, err := call(ctx, usual, r.client.PodSandboxStats, &runtimeapi.PodSandboxStatsRequest{PodSandboxId: id})
	return response.GetStats(), err
}

// ListPodSandboxStats are the figures of sandboxes.
func (r *Runtime) ListPodSandboxStats(ctx context.Context, filter *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error) {
	response, err := call(ctx, usual, r.client.ListPodSandboxStats, &runtimeapi.ListPodSandboxStatsRequest{Filter: filter})
	return response.GetStats(), err
}

// ListMetricDescriptors describes the runtime's own metrics.
func (r *Runtime) ListMetricDescriptors(ctx context.Context) ([]*runtimeapi.MetricDescriptor, error) {
	response, err := call(ctx, usual, r.client.ListMetricDescriptors, &runtimeapi.ListMetricDescriptorsRequest{})
	return response.GetDescriptors(), err
}

// ListPodSandboxMetrics are the runtime's own metrics.
func (r *Runtime) ListPodSandboxMetrics(ctx context.Context) ([]*runtimeapi.PodSandboxMetrics, error) {
	response, err := call(ctx, usual, r.client.ListPodSandboxMetrics, &runtimeapi.ListPodSandboxMetricsRequest{})
	return response.GetPodMetrics(), err
}
