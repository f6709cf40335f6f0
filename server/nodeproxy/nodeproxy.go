//lint:file-ignore SA1019 the API serves Endpoints for as long as clients write them

package nodeproxy

import (
	"crypto/tls"
	"net/http"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"argosy.dev/resource"
	"argosy.dev/server"
)

// Options say how pods and nodes are found and reached.
type Options struct {
	// Pod and Node find objects. What they return is not changed.
	Pod  func(namespace, name string) (*corev1.Pod, bool)
	Node func(name string) (*corev1.Node, bool)
	// Service finds a service, Slices and Endpoints what is behind it, in either form that tells.
	Service   func(namespace, name string) (*corev1.Service, bool)
	Slices    func(namespace, service string) []*discoveryv1.EndpointSlice
	Endpoints func(namespace, name string) (*corev1.Endpoints, bool)
	// TLS verifies nodes, and shows them the server's client certificate. It is not changed.
	TLS *tls.Config
}

// Proxy reaches nodes and pods. It is safe for concurrent use.
type Proxy struct {
	Options
	secure   *tls.Dialer
	nodes    *http.Transport // verified, with the server's certificate
	unproven *http.Transport // the same to a node whose certificate a client asked not to verify
	others   *http.Transport // pods, and nodes' other ports: without credentials
}

// dialWithin bounds how long a node or pod may take to accept a connection.
const dialWithin = 10 * time.Second

// New makes a proxy. Close ends its idle connections.
func New(o Options) *Proxy {
	dialer := newDialer()
	config := func(base *tls.Config, verify bool) *tls.Config {
		c := base.Clone()
		c.NextProtos, c.InsecureSkipVerify = []string{"http/1.1"}, !verify
		return c
	}
	transport := func(c *tls.Config) *http.Transport {
		return &http.Transport{DialContext: dialer.DialContext, TLSClientConfig: c, TLSHandshakeTimeout: dialWithin,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, DisableCompression: true}
	}
	verified := config(o.TLS, true)
	return &Proxy{
		Options: o, secure: &tls.Dialer{NetDialer: dialer, Config: verified},
		nodes: transport(verified), unproven: transport(config(o.TLS, false)),
		others: transport(config(&tls.Config{MinVersion: tls.VersionTLS12}, false)),
	}
}

// Close ends idle connections.
func (p *Proxy) Close() {
	for _, t := range []*http.Transport{p.nodes, p.unproven, p.others} {
		t.CloseIdleConnections()
	}
}

// Connectors are the subresources that the proxy answers, for [server.Options].
func (p *Proxy) Connectors() map[string]server.Connector {
	return map[string]server.Connector{
		"pods/log":         connector(p.log),
		"pods/exec":        connector(p.exec),
		"pods/attach":      connector(p.attach),
		"pods/portforward": connector(p.portForward),
		"pods/proxy":       connector(p.proxyPod),
		"nodes/proxy":      connector(p.proxyNode),
		"services/proxy":   connector(p.proxyService),
	}
}

type connector func(w http.ResponseWriter, r *http.Request, t resource.Target) error

func (c connector) Connect(w http.ResponseWriter, r *http.Request, t resource.Target, _ string) error {
	return c(w, r, t)
}
