package figures

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// runtimeOfOne has one pod with one container, which uses half a core, and the pod as a whole three quarters.
type runtimeOfOne struct{ began time.Time }

func (r runtimeOfOne) ListPodSandboxStats(context.Context, *runtimeapi.PodSandboxStatsFilter) ([]*runtimeapi.PodSandboxStats, error) {
	now := time.Now()
	used := uint64(now.Sub(r.began))
	cpu := func(total uint64) *runtimeapi.CpuUsage {
		return &runtimeapi.CpuUsage{Timestamp: now.UnixNano(), UsageCoreNanoSeconds: of(total)}
	}
	memory := &runtimeapi.MemoryUsage{Timestamp: now.UnixNano(), WorkingSetBytes: of(3000), UsageBytes: of(4000), RssBytes: of(1000)}
	return []*runtimeapi.PodSandboxStats{{
		Attributes: &runtimeapi.PodSandboxAttributes{Id: "sandbox", Metadata: &runtimeapi.PodSandboxMetadata{Name: "p", Namespace: "ns", Uid: "uid"}},
		Linux: &runtimeapi.LinuxPodSandboxStats{
			Cpu: cpu(used * 3 / 4), Memory: memory,
			Network: &runtimeapi.NetworkUsage{Timestamp: now.UnixNano(), DefaultInterface: &runtimeapi.NetworkInterfaceUsage{Name: "eth0", RxBytes: of(7)}},
			Containers: []*runtimeapi.ContainerStats{{
				Attributes: &runtimeapi.ContainerAttributes{Id: "container", Metadata: &runtimeapi.ContainerMetadata{Name: "c"}},
				Cpu:        cpu(used / 2), Memory: memory, WritableLayer: &runtimeapi.FilesystemUsage{UsedBytes: of(512), InodesUsed: of(2)},
			}},
		},
	}}, nil
}

func (runtimeOfOne) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: []*runtimeapi.FilesystemUsage{{UsedBytes: of(99)}}}, nil
}

func of(n uint64) *runtimeapi.UInt64Value { return &runtimeapi.UInt64Value{Value: n} }

func source(t *testing.T) *Source {
	t.Helper()
	proc := t.TempDir()
	for file, text := range map[string]string{
		"stat":               "cpu  100 0 200 5000 300 0 0 0 0 0\ncpu0 1 1 1 1 1 1 1 1\nbtime 1700000000\n",
		"meminfo":            "MemTotal: 1000 kB\nMemFree: 400 kB\nInactive(file): 100 kB\nAnonPages: 50 kB\nSwapTotal: 10 kB\nSwapFree: 4 kB\n",
		"vmstat":             "pgfault 12\npgmajfault 3\n",
		"net/dev":            "Inter-| Receive\n face |bytes\n  lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\neth0: 5 1 2 0 0 0 0 0 6 1 3 0 0 0 0 0\narg1234: 9 1 0 0 0 0 0 0 9 1 0 0 0 0 0 0\n",
		"loadavg":            "0.1 0.2 0.3 2/345 678\n",
		"sys/kernel/pid_max": "32768\n",
	} {
		path := filepath.Join(proc, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	one := runtimeOfOne{time.Now()}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p", Namespace: "ns", UID: "uid"}, Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "busybox"}}}}
	pod.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "c", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Unix(1700000100, 0)}}}}
	return New(Options{Node: "n", Dir: proc, Proc: proc, Runtime: one, Images: one, Pods: func() []*corev1.Pod { return []*corev1.Pod{pod} }})
}

func TestSummary(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, began := source(t), time.Now()
		summary, err := s.Summary(t.Context(), false)
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took != shortest {
			t.Errorf("the first reader waited %v for a rate, want %v", took, shortest)
		}
		node := summary.Node
		if *node.CPU.UsageCoreNanoSeconds != 3e9 || *node.Memory.WorkingSetBytes != 500<<10 || *node.Memory.AvailableBytes != 500<<10 || *node.Swap.SwapUsageBytes != 6<<10 {
			t.Errorf("node: cpu %d, working set %d, available %d", *node.CPU.UsageCoreNanoSeconds, *node.Memory.WorkingSetBytes, *node.Memory.AvailableBytes)
		}
		if len(node.Network.Interfaces) != 1 || *node.Network.RxBytes != 5 || *node.Network.TxErrors != 3 || *node.Rlimit.NumOfRunningProcesses != 345 || *node.Runtime.ImageFs.UsedBytes != 99 {
			t.Errorf("node: network %+v, processes %d", node.Network.Interfaces, *node.Rlimit.NumOfRunningProcesses)
		}
		pod := summary.Pods[0]
		if *pod.CPU.UsageNanoCores != 75e7 || *pod.Containers[0].CPU.UsageNanoCores != 5e8 || pod.Containers[0].StartTime.Unix() != 1700000100 || *pod.EphemeralStorage.UsedBytes != 512 {
			t.Errorf("pod: cpu %d, container's %d, started %v", *pod.CPU.UsageNanoCores, *pod.Containers[0].CPU.UsageNanoCores, pod.Containers[0].StartTime)
		}

		time.Sleep(15 * time.Second)
		began = time.Now()
		short, err := s.Summary(t.Context(), true)
		if err != nil || time.Since(began) != 0 {
			t.Errorf("a later reader waited %v: %v", time.Since(began), err)
		}
		if p := short.Pods[0]; *p.CPU.UsageNanoCores != 75e7 || p.Network != nil || short.Node.Fs != nil || p.Containers[0].Rootfs != nil {
			t.Errorf("short summary: %+v", p)
		}

		time.Sleep(longest + time.Second) // nobody asked for so long: what was is no measure
		began = time.Now()
		if _, err := s.Summary(t.Context(), true); err != nil || time.Since(began) != shortest {
			t.Errorf("after a long pause the reader waited %v, %v", time.Since(began), err)
		}
	})
}

func TestMetrics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := source(t)
		time.Sleep(4 * time.Second)
		var resources, containers bytes.Buffer
		if err := s.ResourceMetrics(t.Context(), &resources); err != nil {
			t.Fatal(err)
		}
		if err := s.ContainerMetrics(t.Context(), &containers); err != nil {
			t.Fatal(err)
		}
		for text, wanted := range map[string][]string{
			resources.String(): {
				"# TYPE node_cpu_usage_seconds_total counter\nnode_cpu_usage_seconds_total 3 ", "node_memory_working_set_bytes 512000 ",
				`pod_cpu_usage_seconds_total{namespace="ns",pod="p"} 3 `, `container_cpu_usage_seconds_total{container="c",namespace="ns",pod="p"} 2 `,
				`container_memory_working_set_bytes{container="c",namespace="ns",pod="p"} 3000 `,
				`container_start_time_seconds{container="c",namespace="ns",pod="p"} 1.7000001e+09`, "resource_scrape_error 0",
			},
			containers.String(): {
				`container_cpu_usage_seconds_total{container="c",id="container",image="busybox",name="container",namespace="ns",pod="p"} 2 `,
				`container_cpu_usage_seconds_total{container="",id="sandbox",image="",name="sandbox",namespace="ns",pod="p"} 3 `,
				`container_cpu_usage_seconds_total{container="",id="/",image="",name="",namespace="",pod=""} 3 `,
				`container_network_receive_bytes_total{container="",id="sandbox",image="",interface="eth0",name="sandbox",namespace="ns",pod="p"} 7 `,
				"machine_memory_bytes 1.024e+06",
			},
		} {
			for _, want := range wanted {
				if !strings.Contains(text, want) {
					t.Errorf("missing %q in\n%s", want, text)
				}
			}
		}
	})
}
