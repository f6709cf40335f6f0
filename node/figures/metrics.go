package figures

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// ResourceMetrics writes what /metrics/resource shows: the few figures that autoscaling reads.
func (s *Source) ResourceMetrics(ctx context.Context, w io.Writer) error {
	f, err := s.look(ctx, false)
	if err != nil {
		return err
	}
	return write(w, f.resourceMetrics)
}

// ContainerMetrics writes what /metrics/cadvisor shows.
func (s *Source) ContainerMetrics(ctx context.Context, w io.Writer) error {
	f, err := s.look(ctx, false)
	if err != nil {
		return err
	}
	return write(w, f.containerMetrics)
}

// metric is one of a family's metrics.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	labels     []string
	values     []string
	value      float64
	at         time.Time
}

// write shows metrics as Prometheus text, families in order of name.
func write(w io.Writer, each func(show func(metric))) error {
	registry := prometheus.NewRegistry()
	if err := registry.Register(collector(each)); err != nil {
		return fmt.Errorf("collecting metrics: %w", err)
	}
	families, err := registry.Gather()
	if err != nil {
		return fmt.Errorf("collecting metrics: %w", err)
	}
	for _, family := range families {
		if _, err := expfmt.MetricFamilyToText(w, family); err != nil {
			return err
		}
	}
	return nil
}

// collector shows metrics that are made at each look.
type collector func(show func(metric))

func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(to chan<- prometheus.Metric) {
	c(func(m metric) {
		one := prometheus.MustNewConstMetric(prometheus.NewDesc(m.name, m.help, m.labels, nil), m.kind, m.value, m.values...)
		if !m.at.IsZero() {
			one = prometheus.NewMetricWithTimestamp(m.at, one)
		}
		to <- one
	})
}

func (f *figures) resourceMetrics(show func(metric)) {
	m := &f.machine
	show(metric{"node_cpu_usage_seconds_total", "Processor time that the node has used.", prometheus.CounterValue, nil, nil, m.CPU.Seconds(), f.at})
	show(metric{"node_memory_working_set_bytes", "Working set of the node.", prometheus.GaugeValue, nil, nil, float64(m.WorkingSet()), f.at})
	show(metric{"node_swap_usage_bytes", "Swap that the node uses.", prometheus.GaugeValue, nil, nil, float64(m.Swap - min(m.SwapFree, m.Swap)), f.at})
	for _, p := range f.pods {
		about := p.GetAttributes().GetMetadata()
		f.usage(show, "pod", []string{"namespace", "pod"}, []string{about.GetNamespace(), about.GetName()}, p.GetLinux().GetCpu(), p.GetLinux().GetMemory(), nil)
		for _, c := range p.GetLinux().GetContainers() {
			name := c.GetAttributes().GetMetadata().GetName()
			labels, values := []string{"container", "namespace", "pod"}, []string{name, about.GetNamespace(), about.GetName()}
			f.usage(show, "container", labels, values, c.GetCpu(), c.GetMemory(), c.GetSwap())
			if at, ok := f.started[containerKey{about.GetUid(), name}]; ok {
				show(metric{"container_start_time_seconds", "Start of the container, in seconds since 1970.", prometheus.GaugeValue, labels, values, seconds(at), time.Time{}})
			}
		}
	}
	show(metric{"resource_scrape_error", "1 if the figures could not be taken.", prometheus.GaugeValue, nil, nil, 0, time.Time{}})
}

func (f *figures) usage(show func(metric), whose string, labels, values []string, cpu *runtimeapi.CpuUsage, memory *runtimeapi.MemoryUsage, swap *runtimeapi.SwapUsage) {
	if n := cpu.GetUsageCoreNanoSeconds(); n != nil {
		show(metric{whose + "_cpu_usage_seconds_total", "Processor time used.", prometheus.CounterValue, labels, values, time.Duration(n.Value).Seconds(), time.Unix(0, cpu.Timestamp)})
	}
	if n := memory.GetWorkingSetBytes(); n != nil {
		show(metric{whose + "_memory_working_set_bytes", "Working set.", prometheus.GaugeValue, labels, values, float64(n.Value), time.Unix(0, memory.Timestamp)})
	}
	if n := swap.GetSwapUsageBytes(); n != nil {
		show(metric{whose + "_swap_usage_bytes", "Swap used.", prometheus.GaugeValue, labels, values, float64(n.Value), time.Unix(0, swap.Timestamp)})
	}
}

func seconds(at time.Time) float64 { return float64(at.UnixNano()) / 1e9 }

// containerMetrics shows the figures under cAdvisor's names. A pod's own cgroup has an empty container, the whole machine the id "/".
func (f *figures) containerMetrics(show func(metric)) {
	m := &f.machine
	show(metric{"machine_cpu_cores", "Processors of the machine.", prometheus.GaugeValue, nil, nil, float64(runtime.NumCPU()), time.Time{}})
	show(metric{"machine_memory_bytes", "Memory of the machine.", prometheus.GaugeValue, nil, nil, float64(m.Memory), time.Time{}})
	root := who{id: "/"}
	root.counter(show, "container_cpu_usage_seconds_total", "Processor time used.", m.CPU.Seconds(), f.at)
	root.gauge(show, "container_memory_usage_bytes", "Memory in use, page cache included.", float64(m.Usage()), f.at)
	root.gauge(show, "container_memory_working_set_bytes", "Working set.", float64(m.WorkingSet()), f.at)
	root.gauge(show, "container_memory_rss", "Anonymous memory.", float64(m.Anonymous), f.at)
	for _, p := range f.pods {
		about, l := p.GetAttributes().GetMetadata(), p.GetLinux()
		pod := who{id: p.GetAttributes().GetId(), namespace: about.GetNamespace(), pod: about.GetName()}
		pod.use(show, l.GetCpu(), l.GetMemory())
		if n := l.GetProcess().GetProcessCount(); n != nil {
			pod.gauge(show, "container_processes", "Processes.", float64(n.Value), time.Unix(0, l.Process.Timestamp))
		}
		for _, i := range interfaces(l.GetNetwork()) {
			pod.traffic(show, i, time.Unix(0, l.Network.Timestamp))
		}
		for _, c := range l.GetContainers() {
			name := c.GetAttributes().GetMetadata().GetName()
			one := who{id: c.GetAttributes().GetId(), namespace: about.GetNamespace(), pod: about.GetName(), container: name}
			if known := f.known[about.GetUid()]; known != nil {
				one.image = imageOf(known, name)
			}
			one.use(show, c.GetCpu(), c.GetMemory())
			if layer := c.GetWritableLayer(); layer != nil {
				one.gauge(show, "container_fs_usage_bytes", "Bytes that the container wrote to its own file system.", float64(layer.GetUsedBytes().GetValue()), time.Unix(0, layer.Timestamp))
			}
			if at, ok := f.started[containerKey{about.GetUid(), name}]; ok {
				one.gauge(show, "container_start_time_seconds", "Start of the container, in seconds since 1970.", seconds(at), time.Time{})
			}
		}
	}
}
