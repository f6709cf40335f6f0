package handler

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"argosy.dev/base/version"
)

// Target is a container that is reached over the network.
type Target struct {
	Container *corev1.Container
	PodIP     string
}

// Port resolves a number, or the name of one of the container's ports.
func (t Target) Port(p intstr.IntOrString) (int, error) {
	number := p.IntValue()
	if p.Type == intstr.String {
		var err error
		if number, err = t.named(p.StrVal); err != nil {
			return 0, err
		}
	}
	if number < 1 || number > 65535 {
		return 0, fmt.Errorf("invalid port number: %d", number)
	}
	return number, nil
}

// named looks a name up. A number in quotes is a number.
func (t Target) named(name string) (int, error) {
	for i := range t.Container.Ports {
		if t.Container.Ports[i].Name == name {
			return int(t.Container.Ports[i].ContainerPort), nil
		}
	}
	if number, err := strconv.Atoi(name); err == nil {
		return number, nil
	}
	return 0, fmt.Errorf("the container %s has no port named %q", t.Container.Name, name)
}

// Address is host:port; without a host, of the pod.
func (t Target) Address(host string, port intstr.IntOrString) (string, error) {
	number, err := t.Port(port)
	if err != nil {
		return "", err
	}
	if host == "" {
		host = t.PodIP
	}
	if host == "" {
		return "", errors.New("the pod has no address") // an empty host would be this machine
	}
	return net.JoinHostPort(host, strconv.Itoa(number)), nil
}

// Request makes the request of an httpGet action. A header Host names the host that is asked for, headers User-Agent and Accept replace
// the usual ones, and take them away where they are empty.
func (t Target) Request(ctx context.Context, get *corev1.HTTPGetAction, agent string) (*http.Request, error) {
	address, err := t.Address(get.Host, get.Port)
	if err != nil {
		return nil, err
	}
	u, err := url.Parse(get.Path)
	if err != nil {
		u = &url.URL{Path: get.Path} // a path that is no URL is taken as it is
	}
	u.Scheme, u.Host, u.User = "http", address, nil
	if get.Scheme != "" {
		u.Scheme = strings.ToLower(string(get.Scheme))
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}
	for _, h := range get.HTTPHeaders {
		if strings.EqualFold(h.Name, "Host") {
			r.Host = h.Value
			continue
		}
		r.Header.Add(h.Name, h.Value)
	}
	if _, ok := r.Header["User-Agent"]; !ok {
		r.Header.Set("User-Agent", agent)
	}
	if _, ok := r.Header["Accept"]; !ok {
		r.Header.Set("Accept", "*/*")
	} else if r.Header.Get("Accept") == "" {
		r.Header.Del("Accept")
	}
	return r, nil
}

// Agent is how the node calls itself to containers: kube-probe/1.36, kube-lifecycle/1.36.
func Agent(what string) string {
	v := version.Get()
	return "kube-" + what + "/" + v.Major + "." + v.Minor
}

// Transport makes connections to containers: each anew, never through a proxy.
func Transport() *http.Transport {
	return &http.Transport{
		DisableKeepAlives: true, DisableCompression: true,
		// The certificates of containers are their own affair: the API promises that they are not verified.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}
}
