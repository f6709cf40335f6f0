package serve

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	kubeletconfig "k8s.io/kubelet/config/v1beta1"
)

// Options are what a node's API is made of.
type Options struct {
	// Pod finds a pod of this node, whatever its phase.
	Pod func(namespace, name string) (*corev1.Pod, bool)
	// Pods are the pods of this node.
	Pods    func() []*corev1.Pod
	Runtime Runtime
	// Streams serves streams in this process; nil passes them on to the addresses that Runtime gives out.
	Streams streaming.Runtime
	// Figures are what machine and containers use; nil shows none.
	Figures Figures
	// Metrics are the agent's own, in Prometheus text; nil shows none.
	Metrics http.Handler
	// Configuration is what /configz shows.
	Configuration kubeletconfig.KubeletConfiguration
	// SystemLogs are the machine's logs; nil shows none. Links must not lead out of it.
	SystemLogs fs.FS
	// Grace is how long a command may go on whose client is gone, before it is killed. It has no more input, and its output goes nowhere. 0 is
	// ten seconds. A command with a terminal is killed at once.
	Grace time.Duration
	Log   *slog.Logger
}

// Runtime is what is needed of a CRI runtime.
type Runtime interface {
	ListContainers(ctx context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error)
	ContainerStatus(ctx context.Context, id string, verbose bool) (*runtimeapi.ContainerStatusResponse, error)
	ListPodSandbox(ctx context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error)
	Exec(ctx context.Context, r *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error)
	Attach(ctx context.Context, r *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error)
	PortForward(ctx context.Context, r *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error)
}

const defaultGrace = 10 * time.Second

// New makes the API's handler.
func New(o Options) http.Handler {
	if o.Grace == 0 {
		o.Grace = defaultGrace
	}
	n := &node{o}
	private := http.NewServeMux()
	private.HandleFunc("GET /pods", n.list)
	private.HandleFunc("GET /pods/{$}", n.list)
	private.HandleFunc("GET /runningpods/{$}", n.runningPods)
	if o.Figures != nil {
		private.HandleFunc("GET /stats/summary", n.summary)
		private.HandleFunc("GET /metrics/resource", n.text(o.Figures.ResourceMetrics))
		private.HandleFunc("GET /metrics/cadvisor", n.text(o.Figures.ContainerMetrics))
	}
	if o.Metrics != nil {
		private.Handle("GET /metrics", o.Metrics)
	}
	private.HandleFunc("GET /configz", n.configz)
	if o.SystemLogs != nil {
		private.Handle("GET /logs/", http.StripPrefix("/logs/", http.FileServerFS(o.SystemLogs)))
	}
	private.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", n.log)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		private.HandleFunc(method+" /exec/{namespace}/{pod}/{container}", n.exec)
		private.HandleFunc(method+" /attach/{namespace}/{pod}/{container}", n.attach)
		private.HandleFunc(method+" /portForward/{namespace}/{pod}", n.portForward)
	}
	all := http.NewServeMux()
	all.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	all.Handle("/", n.only(private))
	return all
}

// node answers.
type node struct{ Options }

func (n *node) list(w http.ResponseWriter, _ *http.Request) {
	list := []corev1.Pod{}
	for _, pod := range n.Pods() {
		list = append(list, *pod)
	}
	n.answerPods(w, list)
}
