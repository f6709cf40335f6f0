package nodeproxy

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"argosy.dev/base/tunnel"
	"argosy.dev/resource"
)

func (p *Proxy) exec(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	return p.command(w, r, t, "exec", url.Values{"command": r.URL.Query()["command"]})
}

func (p *Proxy) attach(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	return p.command(w, r, t, "attach", url.Values{})
}

// streamParameters are the API's names for what the node's API calls otherwise.
var streamParameters = map[string]string{"stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"}

func (p *Proxy) command(w http.ResponseWriter, r *http.Request, t resource.Target, verb string, query url.Values) error {
	asked := r.URL.Query()
	for name, nodes := range streamParameters {
		set, err := flag(asked, name)
		if err != nil {
			return apierrors.NewBadRequest(err.Error())
		}
		if set {
			query.Set(nodes, "1")
		}
	}
	pod, err := p.pod(t)
	if err != nil {
		return err
	}
	name, err := container(pod, asked.Get("container"))
	if err != nil {
		return err
	}
	to, err := p.location(pod, query, verb, pod.Namespace, pod.Name, name)
	if err != nil {
		return err
	}
	return p.upgrade(w, r, to)
}

func (p *Proxy) portForward(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	query := url.Values{}
	for _, values := range r.URL.Query()["ports"] {
		for port := range strings.SplitSeq(values, ",") {
			if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
				return apierrors.NewBadRequest(fmt.Sprintf("unable to parse %q as a port: it must be a number from 1 to 65535", port))
			}
			query.Add("port", port)
		}
	}
	pod, err := p.pod(t)
	if err != nil {
		return err
	}
	to, err := p.location(pod, query, "portForward", pod.Namespace, pod.Name)
	if err != nil {
		return err
	}
	return p.upgrade(w, r, to)
}

// upgrade passes an upgrade request on to a node, and then all that is said.
func (p *Proxy) upgrade(w http.ResponseWriter, r *http.Request, to *url.URL) error {
	if r.ProtoMajor != 1 || !slices.ContainsFunc(r.Header["Connection"], func(v string) bool { return strings.Contains(strings.ToLower(v), "upgrade") }) {
		return apierrors.NewBadRequest("Upgrade request required")
	}
	conn, err := p.secure.DialContext(r.Context(), "tcp", to.Host)
	if err != nil {
		return unreachable(to.Host, err)
	}
	out := (&http.Request{Method: r.Method, URL: to, Host: to.Host, Header: kept(r.Header), Body: http.NoBody,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(r.Context())
	answer, err := tunnel.Pass(w, out, conn)
	if err != nil {
		return unreachable(to.Host, err)
	}
	if answer == nil {
		return nil
	}
	refusal := refused(answer, "unable to upgrade connection: ")
	for _, version := range answer.Header["X-Accepted-Stream-Protocol-Versions"] {
		w.Header().Add("X-Accepted-Stream-Protocol-Versions", version) // so that a client can do better
	}
	return refusal
}
