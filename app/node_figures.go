package app

import (
	"io/fs"
	"net/http"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	kubeletconfig "k8s.io/kubelet/config/v1beta1"

	"argosy.dev/node/pressure"
)

// How a node's containers' logs are kept.
const (
	logMax   = 10 << 20
	logFiles = 5
)

// configuration tells, in the kubelet's terms, how this node behaves.
func (n *nodeRole) configuration() kubeletconfig.KubeletConfiguration {
	eviction, _ := n.options.Eviction.Parse() // checked when the program began
	value := func(t pressure.Threshold) string { return t.Value.String() }
	return kubeletconfig.KubeletConfiguration{
		TypeMeta:                         metav1.TypeMeta{Kind: "KubeletConfiguration", APIVersion: kubeletconfig.SchemeGroupVersion.String()},
		Port:                             n.api.port,
		MaxPods:                          int32(n.options.MaxPods),
		CgroupDriver:                     "cgroupfs",
		ContainerLogMaxSize:              strconv.Itoa(logMax>>20) + "Mi",
		ContainerLogMaxFiles:             new(int32(logFiles)),
		ClusterDomain:                    clusterDomain,
		EvictionHard:                     eviction.Texts(true, value),
		EvictionSoft:                     eviction.Texts(false, value),
		EvictionSoftGracePeriod:          eviction.Texts(false, func(t pressure.Threshold) string { return t.Grace.String() }),
		EvictionMinimumReclaim:           eviction.Texts(true, func(t pressure.Threshold) string { return t.Reclaim.String() }),
		EvictionPressureTransitionPeriod: metav1.Duration{Duration: eviction.Transition},
		EvictionMaxPodGracePeriod:        eviction.MaxPodGrace,
		CPUManagerPolicy:                 n.options.CPUs.Policy,
		CPUManagerPolicyOptions:          n.options.CPUs.Options,
		TopologyManagerPolicy:            n.options.CPUs.Topology,
		ReservedSystemCPUs:               n.options.CPUs.Reserved,
		ImageMinimumGCAge:                metav1.Duration{Duration: n.options.Unused.MinAge},
		ImageMaximumGCAge:                metav1.Duration{Duration: n.options.Unused.MaxAge},
		ImageGCHighThresholdPercent:      new(int32(n.options.Unused.High)),
		ImageGCLowThresholdPercent:       new(int32(n.options.Unused.Low)),
		ResolverConfig:                   new("/etc/resolv.conf"),
		Authentication: kubeletconfig.KubeletAuthentication{
			Anonymous: kubeletconfig.KubeletAnonymousAuthentication{Enabled: new(false)}, Webhook: kubeletconfig.KubeletWebhookAuthentication{Enabled: new(false)},
		},
		EnableSystemLogHandler: new(true),
	}
}

// nodeMetrics are the agent's own: this process's, and how much it runs.
func nodeMetrics(pods func() []*corev1.Pod) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kubelet_running_pods", Help: "Pods of the node that run."}, func() float64 {
			n := 0
			for _, pod := range pods() {
				if pod.Status.Phase == corev1.PodRunning {
					n++
				}
			}
			return float64(n)
		}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// filesOf is what a directory holds; nil where it could not be opened.
func filesOf(root *os.Root) fs.FS {
	if root == nil {
		return nil
	}
	return root.FS()
}
