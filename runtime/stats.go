package runtime

import (
	"context"
	"errors"
	"fmt"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"

	"argosy.dev/runtime/cgroup"
)

// ContainerStats measures a running container.
func (r *Runtime) ContainerStats(ctx context.Context, id string) (*runtimeapi.ContainerStats, error) {
	_, c, _, err := r.running(id)
	if err != nil {
		return nil, err
	}
	return r.measure(ctx, c)
}

// ListContainerStats measures the running containers that pass the filter.
func (r *Runtime) ListContainerStats(ctx context.Context, filter *runtimeapi.ContainerStatsFilter) ([]*runtimeapi.ContainerStats, error) {
	return r.measureAll(ctx, r.selectContainers(filter.GetId(), filter.GetPodSandboxId(), filter.GetLabelSelector()))
}

func (r *Runtime) measureAll(ctx context.Context, containers []*container) ([]*runtimeapi.ContainerStats, error) {
	list := []*runtimeapi.ContainerStats{}
	for _, c := range containers {
		if _, p := c.snapshot(); stateOf(p) != runtimeapi.ContainerState_CONTAINER_RUNNING {
			continue
		}
		stats, err := r.measure(ctx, c)
		if _, p := c.snapshot(); err != nil && stateOf(p) != runtimeapi.ContainerState_CONTAINER_RUNNING {
			continue // it ended while it was measured
		}
		if err != nil {
			return nil, err
		}
		list = append(list, stats)
	}
	return list, nil
}

func (r *Runtime) measure(ctx context.Context, c *container) (*runtimeapi.ContainerStats, error) {
	figures, err := r.group(c).Stats()
	if err != nil {
		return nil, err
	}
	rec, _ := c.snapshot()
	at := figures.Time.UnixNano()
	stats := &runtimeapi.ContainerStats{
		Attributes: &runtimeapi.ContainerAttributes{
			Id: c.id, Metadata: rec.Config.GetMetadata(), Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(),
		},
		Cpu: cpuUsage(figures), Memory: memoryUsage(figures), Swap: swapUsage(figures),
		Io: &runtimeapi.IoUsage{Timestamp: at, Psi: psi(figures.IOPressure)},
	}
	bytes, inodes, err := r.opts.Images.Usage(ctx, c.id)
	if err != nil {
		return nil, fmt.Errorf("measuring what the container %s wrote: %w", c.id, err)
	}
	stats.WritableLayer = &runtimeapi.FilesystemUsage{
		Timestamp: at, FsId: &runtimeapi.FilesystemIdentifier{Mountpoint: rec.Root}, UsedBytes: value(bytes), InodesUsed: value(inodes),
	}
	return stats, nil
}

func cpuUsage(f cgroup.Stats) *runtimeapi.CpuUsage {
	return &runtimeapi.CpuUsage{Timestamp: f.Time.UnixNano(), UsageCoreNanoSeconds: value(uint64(f.CPU)), Psi: psi(f.CPUPressure)}
}

func memoryUsage(f cgroup.Stats) *runtimeapi.MemoryUsage {
	m := &runtimeapi.MemoryUsage{
		Timestamp: f.Time.UnixNano(), WorkingSetBytes: value(f.WorkingSet), UsageBytes: value(f.Memory), RssBytes: value(f.RSS),
		PageFaults: value(f.Faults), MajorPageFaults: value(f.MajorFaults), Psi: psi(f.MemoryPressure),
	}
	if f.MemoryLimit > 0 {
		m.AvailableBytes = value(f.MemoryLimit - min(f.WorkingSet, f.MemoryLimit))
	}
	return m
}

func swapUsage(f cgroup.Stats) *runtimeapi.SwapUsage {
	if f.Swap == nil {
		return nil
	}
	u := &runtimeapi.SwapUsage{Timestamp: f.Time.UnixNano(), SwapUsageBytes: value(*f.Swap)}
	if f.SwapLimit > 0 {
		u.SwapAvailableBytes = value(f.SwapLimit - min(*f.Swap, f.SwapLimit))
	}
	return u
}

func psi(p *cgroup.Pressure) *runtimeapi.PsiStats {
	if p == nil {
		return nil
	}
	line := func(l cgroup.PressureLine) *runtimeapi.PsiData {
		return &runtimeapi.PsiData{Total: l.Total, Avg10: l.Avg10, Avg60: l.Avg60, Avg300: l.Avg300}
	}
	return &runtimeapi.PsiStats{Some: line(p.Some), Full: line(p.Full)}
}

func value(n uint64) *runtimeapi.UInt64Value { return &runtimeapi.UInt64Value{Value: n} }

// PodSandboxStats measures a pod: its cgroup, its network, its containers.
func (r *Runtime) PodSandboxStats(ctx context.Context, id string) (*runtimeapi.PodSandboxStats, error) {
	s, err := r.sandbox(id)
	if err != nil {
		return nil, err
	}
	rec := s.snapshot()
	figures, err := r.cgroups.Group(rec.Cgroup).Stats()
	if err != nil {
		return nil, err
	}
	at := figures.Time.UnixNano()
	linux := &runtimeapi.LinuxPodSandboxStats{
		Cpu: cpuUsage(figures), Memory: memoryUsage(figures), Process: &runtimeapi.ProcessUsage{Timestamp: at, ProcessCount: value(figures.Pids)},
		Io: &runtimeapi.IoUsage{Timestamp: at, Psi: psi(figures.IOPressure)},
	}
	if linux.Containers, err = r.measureAll(ctx, r.containersOf(s.id)); err != nil {
		return nil, err
	}
	if rec.Netns != "" && rec.Ready {
		if linux.Network, err = networkUsage(rec.Supervisor, at); err != nil {
			return nil, err
		}
	}
	return &runtimeapi.PodSandboxStats{
		Attributes: &runtimeapi.PodSandboxAttributes{
			Id: s.id, Metadata: rec.Config.GetMetadata(), Labels: rec.Config.GetLabels(), Annotations: rec.Config.GetAnnotations(),
		},
		Linux: linux,
	}, nil
}

// ListPodSandboxStats measures the running pods that pass the filter.
func (r *Runtime) ListPodSandboxStats(ctx context.Context, filter *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error) {
	pods, err := r.ListPodSandbox(ctx, &runtimeapi.PodSandboxFilter{
		Id: filter.GetId(), LabelSelector: filter.GetLabelSelector(), State: &runtimeapi.PodSandboxStateValue{State: runtimeapi.PodSandboxState_SANDBOX_READY},
	})
	if err != nil {
		return nil, err
	}
	list := []*runtimeapi.PodSandboxStats{}
	for _, pod := range pods {
		stats, err := r.PodSandboxStats(ctx, pod.GetId())
		if err != nil {
			if s, gone := r.sandbox(pod.GetId()); gone != nil || !s.snapshot().Ready {
				continue // it ended while it was measured
			}
			return nil, errors.Join(fmt.Errorf("measuring the pod %s", pod.GetMetadata().GetName()), err)
		}
		list = append(list, stats)
	}
	return list, nil
}

// ListMetricDescriptors names the metrics of ListPodSandboxMetrics: none yet, the figures are in the stats.
func (r *Runtime) ListMetricDescriptors(context.Context) ([]*runtimeapi.MetricDescriptor, error) {
	return nil, unimplemented("metrics of the runtime's own are not implemented yet; use the stats calls")
}

// ListPodSandboxMetrics is not offered, see ListMetricDescriptors.
func (r *Runtime) ListPodSandboxMetrics(context.Context) ([]*runtimeapi.PodSandboxMetrics, error) {
	return nil, unimplemented("metrics of the runtime's own are not implemented yet; use the stats calls")
}
