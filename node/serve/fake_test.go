package serve_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	kubeletconfig "k8s.io/kubelet/config/v1beta1"
	stats "k8s.io/kubelet/pkg/apis/stats/v1alpha1"

	"argosy.dev/node/podconfig"
	"argosy.dev/node/serve"
)

// fake is a CRI runtime with the containers that a test gives it.
type fake struct {
	mu         sync.Mutex
	containers []*runtimeapi.Container
	logs       map[string]string // by container's id
	streamURL  string

	exec func(ctx context.Context, id string, cmd []string, in io.Reader, out, errOut io.WriteCloser) error
}

func (f *fake) ListContainers(_ context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []*runtimeapi.Container
	for _, c := range f.containers {
		matches := true
		for key, value := range filter.GetLabelSelector() {
			matches = matches && c.Labels[key] == value
		}
		if matches {
			list = append(list, c)
		}
	}
	return list, nil
}

func (f *fake) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.containers {
		if c.Id == id {
			return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{Id: id, State: c.State, LogPath: f.logs[id]}}, nil
		}
	}
	return nil, errors.New("no such container")
}

func (f *fake) set(id string, state runtimeapi.ContainerState) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range f.containers {
		if c.Id == id {
			c.State = state
		}
	}
}

func (f *fake) ListPodSandbox(_ context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	if filter.GetLabelSelector()[podconfig.PodUIDLabel] != "uid" || filter.GetState().GetState() != runtimeapi.PodSandboxState_SANDBOX_READY {
		return nil, nil
	}
	return []*runtimeapi.PodSandbox{{Id: "old", CreatedAt: 1}, {Id: "new", CreatedAt: 2}}, nil
}

func (f *fake) Exec(_ context.Context, r *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return &runtimeapi.ExecResponse{Url: fmt.Sprintf("%s/%s?command=%s", f.streamURL, r.ContainerId, strings.Join(r.Cmd, ","))}, nil
}

func (f *fake) Attach(context.Context, *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	return nil, errors.New("attach is not implemented")
}

func (f *fake) PortForward(context.Context, *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	return &runtimeapi.PortForwardResponse{Url: "http://127.0.0.1:1/nobody"}, nil
}

// inProcess are a fake's streams.
type inProcess struct{ *fake }

func (s inProcess) Exec(ctx context.Context, id string, cmd []string, in io.Reader, out, errOut io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	return s.exec(ctx, id, cmd, in, out, errOut)
}

func (s inProcess) Attach(ctx context.Context, id string, in io.Reader, out, errOut io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	return s.exec(ctx, id, nil, in, out, errOut)
}

func (s inProcess) PortForward(context.Context, string, int32, io.ReadWriteCloser) error {
	return errors.New("nothing listens")
}

// run adds a run of container c of the pod.
func (f *fake) run(t *testing.T, id, container string, attempt uint32, state runtimeapi.ContainerState, log ...string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "0.log")
	if err := os.WriteFile(path, []byte(record(log...)), 0o600); err != nil {
		t.Fatal(err)
	}
	if f.logs == nil {
		f.logs = map[string]string{}
	}
	f.logs[id] = path
	f.containers = append(f.containers, &runtimeapi.Container{Id: id, State: state, Metadata: &runtimeapi.ContainerMetadata{Name: container, Attempt: attempt},
		Labels: map[string]string{podconfig.PodUIDLabel: "uid", podconfig.ContainerNameLabel: container}})
}

// record are lines of a log; those that begin with "!" are of stderr. They are a minute apart, the first at 2026-01-01T00:00:00Z.
func record(lines ...string) string {
	var b strings.Builder
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, line := range lines {
		stream := "stdout"
		if rest, ok := strings.CutPrefix(line, "!"); ok {
			stream, line = "stderr", rest
		}
		fmt.Fprintf(&b, "%s %s F %s\n", at.Format(time.RFC3339Nano), stream, line)
		at = at.Add(time.Minute)
	}
	return b.String()
}

func newPod(statuses ...corev1.ContainerStatus) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "p", UID: "uid"},
		Spec:   corev1.PodSpec{InitContainers: []corev1.Container{{Name: "i"}}, Containers: []corev1.Container{{Name: "c"}, {Name: "d"}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: statuses}}
}

func waiting(reason string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: "c", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
}

func options(f *fake, pod *corev1.Pod) serve.Options {
	return serve.Options{
		Pod: func(namespace, name string) (*corev1.Pod, bool) {
			return pod, namespace == pod.Namespace && name == pod.Name
		},
		Pods: func() []*corev1.Pod { return []*corev1.Pod{pod} }, Runtime: f, Streams: inProcess{f}, Log: slog.New(slog.DiscardHandler),
		Figures: figures{}, Metrics: http.NotFoundHandler(), SystemLogs: fstest.MapFS{"syslog": {Data: []byte("a line\n")}},
		Configuration: kubeletconfig.KubeletConfiguration{MaxPods: 42},
	}
}

// figures are those of a node where pod p uses two cores.
type figures struct{}

func (figures) Summary(_ context.Context, short bool) (*stats.Summary, error) {
	if !short {
		return nil, errors.New("the kernel tells nothing")
	}
	return &stats.Summary{Pods: []stats.PodStats{{PodRef: stats.PodReference{Name: "p"}, CPU: &stats.CPUStats{UsageNanoCores: new(uint64(2e9))}}}}, nil
}

func (figures) ResourceMetrics(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, "resource 1\n")
	return err
}

func (figures) ContainerMetrics(_ context.Context, w io.Writer) error {
	_, _ = io.WriteString(w, "half of it")
	return errors.New("the runtime is gone")
}

// identified puts a client's identity into requests, as TLS would.
func identified(h http.Handler, user string, groups ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.TLS = &tls.ConnectionState{}
		if user != "" {
			r.TLS.VerifiedChains = [][]*x509.Certificate{{{Subject: pkix.Name{CommonName: user, Organization: groups}}}}
		}
		h.ServeHTTP(w, r)
	})
}

func start(t *testing.T, o serve.Options) string {
	t.Helper()
	web := httptest.NewServer(identified(serve.New(o), serve.APIServerUser))
	t.Cleanup(web.Close)
	return web.URL
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}
