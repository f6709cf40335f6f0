package nodeproxy

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apimachinery/pkg/util/proxy"

	"argosy.dev/resource"
)

// proxyPod sends a request to a port of a pod: pods/[SCHEME:]NAME[:PORT]/proxy/PATH. Without a port it is the first that the pod declares.
func (p *Proxy) proxyPod(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	scheme, name, port, ok := utilnet.SplitSchemeNamePort(t.Name)
	if !ok {
		return apierrors.NewBadRequest(fmt.Sprintf("invalid pod request %q", t.Name))
	}
	t.Name = name
	pod, err := p.pod(t)
	if err != nil {
		return err
	}
	ip := net.ParseIP(pod.Status.PodIP)
	switch {
	case ip == nil:
		return apierrors.NewBadRequest(fmt.Sprintf("pod %s does not have an address yet", pod.Name))
	case !allowed(ip):
		return apierrors.NewBadRequest("address not allowed") // or a pod's status would reach into this server's machine
	}
	if port == "" {
		port = firstPort(pod)
	}
	return p.proxy(w, r, t, p.others, cmp.Or(scheme, "http"), hostPort(ip.String(), port))
}

func firstPort(pod *corev1.Pod) string {
	for i := range pod.Spec.Containers {
		for _, port := range pod.Spec.Containers[i].Ports {
			return strconv.Itoa(int(port.ContainerPort))
		}
	}
	return ""
}

func hostPort(host, port string) string {
	if port != "" {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// proxyNode sends a request to a node's API, or to another port of the node, then without this server's credentials.
func (p *Proxy) proxyNode(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	scheme, name, port, ok := utilnet.SplitSchemeNamePort(t.Name)
	if !ok {
		return apierrors.NewBadRequest(fmt.Sprintf("invalid node request %q", t.Name))
	}
	api, err := p.nodeHost(name)
	if err != nil {
		return err
	}
	host, apiPort, err := net.SplitHostPort(api)
	if err != nil {
		return apierrors.NewInternalError(fmt.Errorf("the address of node %s: %w", name, err))
	}
	if port == "" || port == apiPort {
		return p.proxy(w, r, t, p.nodes, "https", api)
	}
	return p.proxy(w, r, t, p.others, cmp.Or(scheme, "http"), hostPort(host, port))
}

// proxy sends the request on to what follows /proxy in its path, and rewrites links in HTML and redirects to come through here again.
func (p *Proxy) proxy(w http.ResponseWriter, r *http.Request, t resource.Target, transport http.RoundTripper, scheme, host string) error {
	prefix, path, found := split(r.URL.EscapedPath(), t)
	if !found && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		// Relative links of the page would lead out of it.
		to := url.URL{Path: r.URL.Path + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, to.String(), http.StatusMovedPermanently)
		return nil
	}
	plain, err := url.PathUnescape(path)
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("the path %q: %v", path, err))
	}
	var failed error
	through := &httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL = &url.URL{Scheme: scheme, Host: host, Path: "/" + plain, RawPath: "/" + path, RawQuery: r.URL.RawQuery}
			pr.Out.Host = host
			pr.Out.Header = kept(pr.Out.Header)
			pr.SetXForwarded()
		},
		Transport:     &proxy.Transport{PathPrepend: prefix, RoundTripper: transport},
		FlushInterval: -1,
		ErrorHandler:  func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err },
	}
	through.ServeHTTP(w, r)
	return failed
}

// split divides an escaped path behind /proxy. found tells whether anything follows, if only a slash.
func split(escaped string, t resource.Target) (prefix, path string, found bool) {
	segments := 5 // api, v1, RESOURCE, NAME, proxy
	if t.Resource.Kind.Namespaced {
		segments = 7 // api, v1, namespaces, NAMESPACE, RESOURCE, NAME, proxy
	}
	parts := strings.SplitN(strings.TrimLeft(escaped, "/"), "/", segments+1)
	if len(parts) <= segments {
		return "/" + strings.Join(parts, "/"), "", false
	}
	return "/" + strings.Join(parts[:segments], "/"), parts[segments], true
}
