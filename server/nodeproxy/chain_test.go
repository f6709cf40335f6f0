package nodeproxy_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"

	"argosy.dev/access/certificates"
	"argosy.dev/cache"
	"argosy.dev/kinds"
	nodekind "argosy.dev/kinds/core/node"
	podkind "argosy.dev/kinds/core/pod"
	servicekind "argosy.dev/kinds/core/service"
	"argosy.dev/node/podconfig"
	"argosy.dev/node/serve"
	"argosy.dev/resource"
	"argosy.dev/server"
	"argosy.dev/server/nodeproxy"
	"argosy.dev/store/embedded"
)

// cluster is an API server and a node's API, both over TLS on the loopback interface, with containers that are functions.
type cluster struct {
	config *rest.Config // of an administrator
	pods   map[string]*corev1.Pod
	node   *corev1.Node
	log    string // the running container's log file
	state  runtimeapi.ContainerState
}

func start(t *testing.T) *cluster {
	t.Helper()
	pki, err := certificates.Open(certificates.Options{Dir: filepath.Join(t.TempDir(), "pki"), NodeName: "n",
		APIServer: certificates.Names{DNS: []string{"localhost"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}},
		Node:      certificates.Names{DNS: []string{"n"}, IPs: []net.IP{net.IPv4(127, 0, 0, 1)}}})
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{log: filepath.Join(t.TempDir(), "0.log"), state: runtimeapi.ContainerState_CONTAINER_RUNNING, pods: map[string]*corev1.Pod{}}
	if err := os.WriteFile(c.log, []byte("2026-01-01T00:00:00Z stdout F one\n2026-01-01T00:00:01Z stderr F two\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"p", "several", "unbound", "lost"} {
		c.pods[name] = &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name, UID: "uid"},
			Spec: corev1.PodSpec{NodeName: "n", Containers: []corev1.Container{{Name: "c"}}}}
	}
	c.pods["several"].Spec.Containers = append(c.pods["several"].Spec.Containers, corev1.Container{Name: "d"})
	c.pods["several"].Spec.InitContainers = []corev1.Container{{Name: "i"}}
	c.pods["unbound"].Spec.NodeName = ""
	c.pods["lost"].Spec.NodeName = "nowhere"

	handler := serve.New(serve.Options{Pod: c.pod, Pods: func() []*corev1.Pod { return nil }, Runtime: c, Streams: inProcess{}, Log: slog.New(slog.DiscardHandler)})
	node := secured(t, handler, pki.NodeServer().TLSConfig(pki.CA()))
	c.node = &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "n"}, Status: corev1.NodeStatus{
		Addresses:       []corev1.NodeAddress{{Type: corev1.NodeHostName, Address: "n"}, {Type: corev1.NodeInternalIP, Address: "127.0.0.1"}},
		DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(port(t, node))}}}}

	proxy := nodeproxy.New(nodeproxy.Options{Pod: c.pod, Node: func(name string) (*corev1.Node, bool) { return c.node, name == "n" },
		Service: func(string, string) (*corev1.Service, bool) { return nil, false },
		TLS:     &tls.Config{RootCAs: pki.CA().Pool(), Certificates: []tls.Certificate{issue(t, pki, serve.APIServerUser)}}})
	t.Cleanup(proxy.Close)
	api := secured(t, apiServer(t, proxy), pki.APIServer().TLSConfig(pki.CA()))
	pair, err := pki.IssueClient("admin", []string{"system:masters"}, certificateLife)
	if err != nil {
		t.Fatal(err)
	}
	c.config = &rest.Config{Host: "https://" + api, TLSClientConfig: rest.TLSClientConfig{CAData: pki.CA().CertPEM, CertData: pair.CertPEM, KeyData: pair.KeyPEM}}
	return c
}

const certificateLife = 3600e9

func issue(t *testing.T, pki *certificates.PKI, user string) tls.Certificate {
	t.Helper()
	pair, err := pki.IssueClient(user, nil, certificateLife)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := pair.TLS()
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

// secured serves over TLS and returns the address, HOST:PORT.
func secured(t *testing.T, h http.Handler, config *tls.Config) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: h, TLSConfig: config, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	served := make(chan struct{})
	go func() {
		_ = web.ServeTLS(listener, "", "") // until Close
		close(served)
	}()
	t.Cleanup(func() {
		web.Close()
		<-served
	})
	return listener.Addr().String()
}

func port(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// apiServer is a whole server, for the routes that lead to the connectors.
func apiServer(t *testing.T, proxy *nodeproxy.Proxy) http.Handler {
	t.Helper()
	ctx := context.Background()
	s, err := embedded.Open(ctx, embedded.Options{Dir: "data", FS: vfs.NewMem(), MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	c, err := cache.Open(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); s.Close() })
	p := resource.New(resource.Options{Store: s, Cache: c, Log: slog.New(slog.DiscardHandler)})
	for _, k := range []*kinds.Kind{podkind.Kind(), nodekind.Kind(), servicekind.Kind()} {
		if _, err := p.Add(ctx, k); err != nil {
			t.Fatal(err)
		}
	}
	srv := server.New(server.Options{Pipeline: p, Connectors: proxy.Connectors(), Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(srv.Shutdown)
	return srv
}

func (c *cluster) pod(namespace, name string) (*corev1.Pod, bool) {
	pod, ok := c.pods[name]
	return pod, ok && namespace == "ns"
}

// The rest makes the cluster its node's runtime, with one container, "running", of every pod.

func (c *cluster) ListContainers(_ context.Context, f *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	if f.GetLabelSelector()[podconfig.ContainerNameLabel] != "c" {
		return nil, nil
	}
	return []*runtimeapi.Container{{Id: "running", State: c.state}}, nil
}

func (c *cluster) ContainerStatus(context.Context, string, bool) (*runtimeapi.ContainerStatusResponse, error) {
	return &runtimeapi.ContainerStatusResponse{Status: &runtimeapi.ContainerStatus{State: c.state, LogPath: c.log}}, nil
}

func (c *cluster) ListPodSandbox(context.Context, *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	return []*runtimeapi.PodSandbox{{Id: "sandbox"}}, nil
}

var errUnused = errors.New("not needed")

func (c *cluster) Exec(context.Context, *runtimeapi.ExecRequest) (*runtimeapi.ExecResponse, error) {
	return nil, errUnused
}

func (c *cluster) Attach(context.Context, *runtimeapi.AttachRequest) (*runtimeapi.AttachResponse, error) {
	return nil, errUnused
}

func (c *cluster) PortForward(context.Context, *runtimeapi.PortForwardRequest) (*runtimeapi.PortForwardResponse, error) {
	return nil, errUnused
}

// inProcess runs the command "cat", which repeats its input, and "exit CODE"; attached to it repeats its input too. Every port repeats.
type inProcess struct{}

func (inProcess) Exec(_ context.Context, id string, cmd []string, in io.Reader, out, errOut io.WriteCloser, tty bool, _ <-chan remotecommand.TerminalSize) error {
	switch cmd[0] {
	case "cat":
		_, err := io.Copy(out, in)
		return err
	case "exit":
		fmt.Fprintf(errOut, "%s %v", id, tty)
		code, err := strconv.Atoi(cmd[1])
		return errors.Join(err, utilexec.CodeExitError{Err: errors.New("exit"), Code: code})
	}
	return errors.New("executable file not found in $PATH")
}

func (inProcess) Attach(_ context.Context, _ string, in io.Reader, out, _ io.WriteCloser, _ bool, _ <-chan remotecommand.TerminalSize) error {
	_, err := io.Copy(out, in)
	return err
}

func (inProcess) PortForward(_ context.Context, _ string, port int32, stream io.ReadWriteCloser) error {
	if port != 80 {
		return errors.New("connection refused")
	}
	_, err := io.Copy(stream, stream)
	return err
}
