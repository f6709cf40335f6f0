package figures

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// who has a figure: cAdvisor's labels.
type who struct{ id, image, namespace, pod, container string }

var whoLabels = []string{"container", "id", "image", "name", "namespace", "pod"}

func (w who) values(more ...string) []string {
	name := w.id
	if w.pod == "" {
		name = ""
	}
	return append([]string{w.container, w.id, w.image, name, w.namespace, w.pod}, more...)
}

func (w who) counter(show func(metric), name, help string, value float64, at time.Time) {
	show(metric{name, help, prometheus.CounterValue, whoLabels, w.values(), value, at})
}

func (w who) gauge(show func(metric), name, help string, value float64, at time.Time) {
	show(metric{name, help, prometheus.GaugeValue, whoLabels, w.values(), value, at})
}

func (w who) use(show func(metric), cpu *runtimeapi.CpuUsage, memory *runtimeapi.MemoryUsage) {
	if n := cpu.GetUsageCoreNanoSeconds(); n != nil {
		w.counter(show, "container_cpu_usage_seconds_total", "Processor time used.", time.Duration(n.Value).Seconds(), time.Unix(0, cpu.Timestamp))
	}
	for _, m := range []struct {
		name, help string
		value      *runtimeapi.UInt64Value
	}{
		{"container_memory_usage_bytes", "Memory in use, page cache included.", memory.GetUsageBytes()},
		{"container_memory_working_set_bytes", "Working set.", memory.GetWorkingSetBytes()},
		{"container_memory_rss", "Anonymous memory.", memory.GetRssBytes()},
	} {
		if m.value != nil {
			w.gauge(show, m.name, m.help, float64(m.value.Value), time.Unix(0, memory.Timestamp))
		}
	}
}

func (w who) traffic(show func(metric), i *runtimeapi.NetworkInterfaceUsage, at time.Time) {
	labels := append(append([]string{}, whoLabels...), "interface")
	for _, m := range []struct {
		name, help string
		value      *runtimeapi.UInt64Value
	}{
		{"container_network_receive_bytes_total", "Bytes received.", i.GetRxBytes()},
		{"container_network_receive_errors_total", "Errors in receiving.", i.GetRxErrors()},
		{"container_network_transmit_bytes_total", "Bytes sent.", i.GetTxBytes()},
		{"container_network_transmit_errors_total", "Errors in sending.", i.GetTxErrors()},
	} {
		if m.value != nil {
			show(metric{m.name, m.help, prometheus.CounterValue, labels, w.values(i.GetName()), float64(m.value.Value), at})
		}
	}
}

func interfaces(n *runtimeapi.NetworkUsage) []*runtimeapi.NetworkInterfaceUsage {
	if n == nil || len(n.Interfaces) > 0 || n.DefaultInterface == nil {
		return n.GetInterfaces()
	}
	return []*runtimeapi.NetworkInterfaceUsage{n.DefaultInterface}
}

// imageOf is the image of a pod's container.
func imageOf(pod *corev1.Pod, name string) string {
	for _, list := range [][]corev1.Container{pod.Spec.InitContainers, pod.Spec.Containers} {
		for i := range list {
			if list[i].Name == name {
				return list[i].Image
			}
		}
	}
	for i := range pod.Spec.EphemeralContainers {
		if pod.Spec.EphemeralContainers[i].Name == name {
			return pod.Spec.EphemeralContainers[i].Image
		}
	}
	return ""
}
