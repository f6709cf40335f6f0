package figures

import (
	"context"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"

	"argosy.dev/node/measure"
)

// Summary is what /stats/summary shows. With short it has processors and memory only. Figures of volumes are not in it.
func (s *Source) Summary(ctx context.Context, short bool) (*stats.Summary, error) {
	f, err := s.look(ctx, true)
	if err != nil {
		return nil, err
	}
	summary := &stats.Summary{Node: f.node(s.o.Node), Pods: f.podList()}
	if short {
		shorten(summary)
	}
	return summary, nil
}

func shorten(s *stats.Summary) {
	s.Node.Network, s.Node.Fs, s.Node.Runtime, s.Node.Rlimit, s.Node.Swap, s.Node.IO = nil, nil, nil, nil, nil, nil
	for i := range s.Pods {
		p := &s.Pods[i]
		p.Network, p.EphemeralStorage, p.ProcessStats, p.Swap, p.IO = nil, nil, nil, nil, nil
		for j := range p.Containers {
			p.Containers[j].Rootfs, p.Containers[j].Swap, p.Containers[j].IO = nil, nil, nil
		}
	}
}

func (f *figures) node(name string) stats.NodeStats {
	m, at := &f.machine, metav1.NewTime(f.at)
	n := stats.NodeStats{
		NodeName: name, StartTime: metav1.NewTime(m.Boot),
		CPU: &stats.CPUStats{Time: at, UsageCoreNanoSeconds: new(uint64(m.CPU)), UsageNanoCores: f.cpu(nodeKey)},
		Memory: &stats.MemoryStats{
			Time: at, AvailableBytes: new(m.Memory - m.WorkingSet()), UsageBytes: new(m.Usage()), WorkingSetBytes: new(m.WorkingSet()),
			RSSBytes: new(m.Anonymous), PageFaults: new(m.Faults), MajorPageFaults: new(m.MajorFaults),
		},
		Fs:     shared(m.Disk, at, m.Disk.Used, m.Disk.Inodes-m.Disk.InodesFree),
		Rlimit: &stats.RlimitStats{Time: at, MaxPID: new(m.MaxPID), NumOfRunningProcesses: new(m.Processes)},
		Swap:   &stats.SwapStats{Time: at, SwapAvailableBytes: new(m.SwapFree), SwapUsageBytes: new(m.Swap - min(m.SwapFree, m.Swap))},
	}
	n.Runtime = &stats.RuntimeStats{ImageFs: ofDisk(m.Disk, at, f.images.GetImageFilesystems()), ContainerFs: ofDisk(m.Disk, at, f.images.GetContainerFilesystems())}
	if len(m.Interfaces) > 0 {
		n.Network = &stats.NetworkStats{Time: at}
		for _, i := range m.Interfaces {
			n.Network.Interfaces = append(n.Network.Interfaces, stats.InterfaceStats{
				Name: i.Name, RxBytes: new(i.RxBytes), RxErrors: new(i.RxErrors), TxBytes: new(i.TxBytes), TxErrors: new(i.TxErrors),
			})
		}
		n.Network.InterfaceStats = n.Network.Interfaces[0]
	}
	return n
}

// shared describes what is used of a disk that others use too.
func shared(d measure.Disk, at metav1.Time, used, inodesUsed uint64) *stats.FsStats {
	return &stats.FsStats{Time: at, AvailableBytes: new(d.Available), CapacityBytes: new(d.Capacity), UsedBytes: &used,
		InodesFree: new(d.InodesFree), Inodes: new(d.Inodes), InodesUsed: &inodesUsed}
}

func ofDisk(d measure.Disk, at metav1.Time, list []*runtimeapi.FilesystemUsage) *stats.FsStats {
	if len(list) == 0 {
		return nil
	}
	return shared(d, at, list[0].GetUsedBytes().GetValue(), list[0].GetInodesUsed().GetValue())
}

func (f *figures) podList() []stats.PodStats {
	list := make([]stats.PodStats, 0, len(f.pods))
	for _, p := range f.pods {
		list = append(list, f.pod(p))
	}
	slices.SortFunc(list, func(a, b stats.PodStats) int {
		return strings.Compare(a.PodRef.Namespace+"/"+a.PodRef.Name, b.PodRef.Namespace+"/"+b.PodRef.Name)
	})
	return list
}

func (f *figures) pod(p *runtimeapi.PodSandboxStats) stats.PodStats {
	about, l := p.GetAttributes().GetMetadata(), p.GetLinux()
	out := stats.PodStats{
		PodRef:     stats.PodReference{Name: about.GetName(), Namespace: about.GetNamespace(), UID: about.GetUid()},
		Containers: []stats.ContainerStats{},
		CPU:        f.cpuStats(podKey(p), l.GetCpu()), Memory: memory(l.GetMemory()), IO: ioStats(l.GetIo()), Network: network(l.GetNetwork()),
	}
	if known := f.known[about.GetUid()]; known != nil && known.Status.StartTime != nil {
		out.StartTime = *known.Status.StartTime
	}
	if n := l.GetProcess().GetProcessCount(); n != nil {
		out.ProcessStats = &stats.ProcessStats{ProcessCount: new(n.Value)}
	}
	var bytes, inodes, swap uint64
	for _, c := range l.GetContainers() {
		one := f.container(about.GetUid(), c)
		out.Containers = append(out.Containers, one)
		bytes += c.GetWritableLayer().GetUsedBytes().GetValue()
		inodes += c.GetWritableLayer().GetInodesUsed().GetValue()
		if one.Swap != nil && one.Swap.SwapUsageBytes != nil {
			swap += *one.Swap.SwapUsageBytes
			out.Swap = &stats.SwapStats{Time: one.Swap.Time, SwapUsageBytes: new(swap)}
		}
	}
	out.EphemeralStorage = shared(f.machine.Disk, metav1.NewTime(f.at), bytes, inodes)
	return out
}

func (f *figures) container(uid string, c *runtimeapi.ContainerStats) stats.ContainerStats {
	name := c.GetAttributes().GetMetadata().GetName()
	out := stats.ContainerStats{
		Name: name, StartTime: metav1.NewTime(f.started[containerKey{uid, name}]),
		CPU: f.cpuStats(c.GetAttributes().GetId(), c.GetCpu()), Memory: memory(c.GetMemory()), IO: ioStats(c.GetIo()),
		Rootfs: shared(f.machine.Disk, metav1.NewTime(f.at), c.GetWritableLayer().GetUsedBytes().GetValue(), c.GetWritableLayer().GetInodesUsed().GetValue()),
	}
	if s := c.GetSwap(); s != nil {
		out.Swap = &stats.SwapStats{Time: nanos(s.Timestamp), SwapAvailableBytes: number(s.SwapAvailableBytes), SwapUsageBytes: number(s.SwapUsageBytes)}
	}
	return out
}

func (f *figures) cpuStats(key string, c *runtimeapi.CpuUsage) *stats.CPUStats {
	if c == nil {
		return nil
	}
	out := &stats.CPUStats{Time: nanos(c.Timestamp), UsageCoreNanoSeconds: number(c.UsageCoreNanoSeconds), UsageNanoCores: number(c.UsageNanoCores), PSI: pressure(c.Psi)}
	if out.UsageNanoCores == nil {
		out.UsageNanoCores = f.cpu(key)
	}
	return out
}

func memory(m *runtimeapi.MemoryUsage) *stats.MemoryStats {
	if m == nil {
		return nil
	}
	return &stats.MemoryStats{
		Time: nanos(m.Timestamp), AvailableBytes: number(m.AvailableBytes), UsageBytes: number(m.UsageBytes), WorkingSetBytes: number(m.WorkingSetBytes),
		RSSBytes: number(m.RssBytes), PageFaults: number(m.PageFaults), MajorPageFaults: number(m.MajorPageFaults), PSI: pressure(m.Psi),
	}
}

func ioStats(u *runtimeapi.IoUsage) *stats.IOStats {
	if u == nil || u.Psi == nil {
		return nil
	}
	return &stats.IOStats{Time: nanos(u.Timestamp), PSI: pressure(u.Psi)}
}

func network(n *runtimeapi.NetworkUsage) *stats.NetworkStats {
	if n == nil {
		return nil
	}
	one := func(i *runtimeapi.NetworkInterfaceUsage) stats.InterfaceStats {
		return stats.InterfaceStats{Name: i.GetName(), RxBytes: number(i.GetRxBytes()), RxErrors: number(i.GetRxErrors()), TxBytes: number(i.GetTxBytes()), TxErrors: number(i.GetTxErrors())}
	}
	out := &stats.NetworkStats{Time: nanos(n.Timestamp), InterfaceStats: one(n.DefaultInterface)}
	for _, i := range n.Interfaces {
		out.Interfaces = append(out.Interfaces, one(i))
	}
	if len(out.Interfaces) == 0 && n.DefaultInterface != nil {
		out.Interfaces = append(out.Interfaces, out.InterfaceStats)
	}
	return out
}

func pressure(p *runtimeapi.PsiStats) *stats.PSIStats {
	if p == nil {
		return nil
	}
	line := func(d *runtimeapi.PsiData) stats.PSIData {
		return stats.PSIData{Total: d.GetTotal(), Avg10: d.GetAvg10(), Avg60: d.GetAvg60(), Avg300: d.GetAvg300()}
	}
	return &stats.PSIStats{Some: line(p.Some), Full: line(p.Full)}
}

func number(v *runtimeapi.UInt64Value) *uint64 {
	if v == nil {
		return nil
	}
	return &v.Value
}

func nanos(at int64) metav1.Time { return metav1.NewTime(time.Unix(0, at)) }
