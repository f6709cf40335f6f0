package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"argosy.dev/access/certificates"
	"argosy.dev/client"
	"argosy.dev/node/figures"
	"argosy.dev/node/serve"
	"argosy.dev/node/static"
	"argosy.dev/server/nodeproxy"
)

// nodeAPIPort is where a node's own API listens if it can: the kubelet's port. The node's status tells where it really is.
const nodeAPIPort = 10250

// nodeAPI is the socket of a node's own API.
type nodeAPI struct {
	http    *http.Server
	port    int32
	end     context.CancelFunc // of all streams
	running sync.WaitGroup     // requests, streams included
	served  chan error
}

// startNodeAPI listens on the address by which the cluster knows the node.
func (n *nodeRole) startNodeAPI(context.Context) error {
	addresses, err := nodeAddresses()
	if err != nil {
		return err
	}
	listener, err := listenNear(addresses[0], nodeAPIPort)
	if err != nil {
		return fmt.Errorf("listening for the node's API: %w", err)
	}
	ctx, end := context.WithCancel(context.Background())
	api := &nodeAPI{port: int32(listener.Addr().(*net.TCPAddr).Port), end: end, served: make(chan error, 1)}
	n.api = api
	pods := client.Pods(n.cluster)
	mine := func() []*corev1.Pod { return pods.ByIndex(client.ByNode, n.options.NodeName) }
	logs, err := os.OpenRoot("/var/log")
	if err != nil {
		n.log.Info("the machine's logs are not shown", "error", err)
	}
	handler := serve.New(serve.Options{
		Pod: func(namespace, name string) (*corev1.Pod, bool) {
			pod, ok := pods.Get(namespace, name)
			if !ok || pod.Spec.NodeName != n.options.NodeName {
				return nil, false
			}
			return static.Own(pod), true
		},
		Pods: mine, Runtime: n.containers(), Streams: n.streams(), Log: n.log,
		Figures: figures.New(figures.Options{Node: n.options.NodeName, Dir: n.dir.path, Runtime: n.containers(), Images: n.imageService(), Pods: mine}),
		Metrics: nodeMetrics(mine), Configuration: n.configuration(), SystemLogs: filesOf(logs),
	})
	api.http = &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			api.running.Add(1)
			defer api.running.Done()
			handler.ServeHTTP(w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: headerTimeout, IdleTimeout: 3 * time.Minute,
		TLSConfig: n.pki.NodeServer().TLSConfig(n.pki.CA()),
		ErrorLog:  slog.NewLogLogger(n.log.Handler(), slog.LevelDebug),
	}
	go func() { api.served <- api.http.ServeTLS(listener, "", "") }()
	return nil
}

// stopNodeAPI ends all requests and streams.
func (n *nodeRole) stopNodeAPI(ctx context.Context) error {
	n.api.end()
	err := n.api.http.Close()
	if served := <-n.api.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	ended := make(chan struct{})
	go func() {
		n.api.running.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return err
	case <-ctx.Done():
		return errors.Join(err, errors.New("a stream from a container did not end in time"))
	}
}

// listenNear listens on the port, or on a free one where another node of this machine has it.
func listenNear(address string, port int) (net.Listener, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(address, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return net.Listen("tcp", net.JoinHostPort(address, "0"))
	}
	return listener, err
}

// newNodeProxy is the API server's way to nodes and pods.
func (c *controlPlane) newNodeProxy() *nodeproxy.Proxy {
	certificate := &nodeCertificate{pki: c.pki}
	cluster := c.as("system:apiserver", "system:masters")
	pods, nodes, services := client.Pods(cluster), client.Nodes(cluster), client.Services(cluster)
	slices, endpoints := client.EndpointSlices(cluster), client.Endpoints(cluster)
	return nodeproxy.New(nodeproxy.Options{
		Pod:     pods.Get,
		Node:    func(name string) (*corev1.Node, bool) { return nodes.Get("", name) },
		Service: services.Get,
		Slices: func(namespace, service string) []*discoveryv1.EndpointSlice {
			return slices.Select(namespace, labels.SelectorFromSet(labels.Set{discoveryv1.LabelServiceName: service}))
		},
		Endpoints: endpoints.Get,
		TLS:       &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: c.pki.CA().Pool(), GetClientCertificate: certificate.get},
	})
}

// nodeCertificateLife is how long the API server's certificate for nodes is good; it is never on disk.
const nodeCertificateLife = 30 * 24 * time.Hour

// nodeCertificate is the API server's client certificate for nodes, made when it is first needed and anew when a third of its life is left.
type nodeCertificate struct {
	pki *certificates.PKI

	mu      sync.Mutex
	current *tls.Certificate
	renew   time.Time
}

func (c *nodeCertificate) get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != nil && time.Now().Before(c.renew) {
		return c.current, nil
	}
	pair, err := c.pki.IssueClient(serve.APIServerUser, nil, nodeCertificateLife)
	if err != nil {
		return nil, fmt.Errorf("making the API server's certificate for nodes: %w", err)
	}
	certificate, err := pair.TLS()
	if err != nil {
		return nil, fmt.Errorf("making the API server's certificate for nodes: %w", err)
	}
	c.current, c.renew = &certificate, time.Now().Add(nodeCertificateLife*2/3)
	return c.current, nil
}
