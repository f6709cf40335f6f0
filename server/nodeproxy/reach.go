package nodeproxy

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"

	"argosy.dev/resource"
)

func newDialer() *net.Dialer { return &net.Dialer{Timeout: dialWithin} }

// nodePort is where a node's API listens unless its status says otherwise.
const nodePort = 10250

// pod finds the pod that a request is about.
func (p *Proxy) pod(t resource.Target) (*corev1.Pod, error) {
	pod, ok := p.Pod(t.Namespace, t.Name)
	if !ok {
		return nil, apierrors.NewNotFound(corev1.Resource("pods"), t.Name)
	}
	return pod, nil
}

// location is the node's API for a pod, with the given path.
func (p *Proxy) location(pod *corev1.Pod, query url.Values, path ...string) (*url.URL, error) {
	if pod.Spec.NodeName == "" {
		return nil, apierrors.NewBadRequest(fmt.Sprintf("pod %s does not have a host assigned", pod.Name))
	}
	host, err := p.nodeHost(pod.Spec.NodeName)
	if err != nil {
		return nil, err
	}
	// The parts are names that have passed validation, and need no escapes.
	return &url.URL{Scheme: "https", Host: host, Path: "/" + strings.Join(path, "/"), RawQuery: query.Encode()}, nil
}

// nodeHost is HOST:PORT of a node's API.
func (p *Proxy) nodeHost(name string) (string, error) {
	node, ok := p.Node(name)
	if !ok {
		return "", apierrors.NewNotFound(corev1.Resource("nodes"), name)
	}
	address, err := nodeAddress(node)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(address, strconv.Itoa(int(cmp.Or(node.Status.DaemonEndpoints.KubeletEndpoint.Port, nodePort)))), nil
}

// nodeAddress prefers addresses to names, which need not mean anything here.
func nodeAddress(node *corev1.Node) (string, error) {
	for _, kind := range []corev1.NodeAddressType{corev1.NodeInternalIP, corev1.NodeExternalIP, corev1.NodeInternalDNS, corev1.NodeHostName, corev1.NodeExternalDNS} {
		i := slices.IndexFunc(node.Status.Addresses, func(a corev1.NodeAddress) bool { return a.Type == kind && a.Address != "" })
		if i >= 0 {
			return node.Status.Addresses[i].Address, nil
		}
	}
	return "", apierrors.NewInternalError(fmt.Errorf("node %s has told no address at which it can be reached", node.Name))
}

// container picks the container that a request is about.
func container(pod *corev1.Pod, name string) (string, error) {
	if name == "" {
		switch len(pod.Spec.Containers) {
		case 0:
			return "", apierrors.NewBadRequest("a container name must be specified for pod " + pod.Name)
		case 1:
			return pod.Spec.Containers[0].Name, nil
		}
		text := fmt.Sprintf("a container name must be specified for pod %s, choose one of: %v", pod.Name, names(pod.Spec.Containers))
		if len(pod.Spec.InitContainers) > 0 {
			text += fmt.Sprintf(" or one of the init containers: %v", names(pod.Spec.InitContainers))
		}
		return "", apierrors.NewBadRequest(text)
	}
	for _, known := range [][]string{names(pod.Spec.Containers), names(pod.Spec.InitContainers), ephemeral(pod)} {
		if slices.Contains(known, name) {
			return name, nil
		}
	}
	return "", apierrors.NewBadRequest(fmt.Sprintf("container %s is not valid for pod %s", name, pod.Name))
}

func names(containers []corev1.Container) []string {
	list := make([]string, len(containers))
	for i := range containers {
		list[i] = containers[i].Name
	}
	return list
}

func ephemeral(pod *corev1.Pod) []string {
	list := make([]string, len(pod.Spec.EphemeralContainers))
	for i := range pod.Spec.EphemeralContainers {
		list[i] = pod.Spec.EphemeralContainers[i].Name
	}
	return list
}

// refusalMax bounds what is read of a node's explanation.
const refusalMax = 64 << 10

// refused makes a Status of a node's refusal, and closes it. what precedes the node's words.
func refused(answer *http.Response, what string) error {
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, refusalMax))
	text := what + strings.TrimSpace(string(body))
	switch {
	case err != nil:
		return apierrors.NewInternalError(fmt.Errorf("%sreading the node's refusal (%s): %w", what, answer.Status, err))
	case answer.StatusCode == http.StatusBadRequest:
		return apierrors.NewBadRequest(text)
	case answer.StatusCode == http.StatusUnauthorized, answer.StatusCode == http.StatusForbidden:
		// Not the client but this server may not.
		return apierrors.NewInternalError(fmt.Errorf("the node does not take this server's certificate: %s", text))
	case answer.StatusCode >= 500:
		return apierrors.NewInternalError(fmt.Errorf("%s", text))
	}
	status := apierrors.NewGenericServerResponse(answer.StatusCode, "", corev1.Resource("pods"), "", text, 0, false)
	status.ErrStatus.Message = text
	return status
}

// unreachable is the error of a node that does not answer.
func unreachable(host string, err error) error {
	return apierrors.NewInternalError(fmt.Errorf("error dialing backend: the node's API at %s: %w", host, err))
}

// kept are the headers that pass on to a node or pod: not how the client proved to this server who it is.
func kept(h http.Header) http.Header {
	h = h.Clone()
	h.Del("Authorization")
	for name := range h {
		if strings.HasPrefix(name, "Impersonate-") || strings.HasPrefix(name, "X-Remote-") {
			h.Del(name)
		}
	}
	return h
}

// flag reads a yes-or-no parameter as the API does: its presence means yes, unless it is "false" or "0".
func flag(q url.Values, name string) (set bool, err error) {
	values, ok := q[name]
	if ok {
		err = runtime.Convert_Slice_string_To_bool(&values, &set, nil)
	}
	return set, err
}
