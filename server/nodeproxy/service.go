//lint:file-ignore SA1019 the API serves Endpoints for as long as clients write them

package nodeproxy

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	utilnet "k8s.io/apimachinery/pkg/util/net"

	"argosy.dev/resource"
)

// proxyService sends a request to one of the pods behind a service: services/[SCHEME:]NAME[:PORT]/proxy/PATH, with a port of the service
// by its name or number.
func (p *Proxy) proxyService(w http.ResponseWriter, r *http.Request, t resource.Target) error {
	scheme, name, port, ok := utilnet.SplitSchemeNamePort(t.Name)
	if !ok {
		return apierrors.NewBadRequest(fmt.Sprintf("invalid service request %q", t.Name))
	}
	service, ok := p.Service(t.Namespace, name)
	if !ok {
		return apierrors.NewNotFound(corev1.Resource("services"), name)
	}
	if number, err := strconv.ParseInt(port, 10, 32); err == nil {
		if port, ok = portName(service, int32(number)); !ok {
			return apierrors.NewServiceUnavailable(fmt.Sprintf("no service port %d found for service %q", number, name))
		}
	}
	hosts := p.hosts(service, port)
	if len(hosts) == 0 {
		return apierrors.NewServiceUnavailable(fmt.Sprintf("no endpoints available for service %q", t.Name))
	}
	t.Name = name
	return p.proxy(w, r, t, p.others, cmp.Or(scheme, "http"), hosts[rand.IntN(len(hosts))])
}

func portName(service *corev1.Service, number int32) (string, bool) {
	for _, port := range service.Spec.Ports {
		if port.Port == number {
			return port.Name, true
		}
	}
	return "", false
}

// hosts are HOST:PORT of all endpoints that are ready, at the service's port of that name. Endpoints written by hand come to be
// slices too where a controller copies them; where none does, they are read themselves.
func (p *Proxy) hosts(service *corev1.Service, port string) []string {
	var hosts []string
	add := func(ip string, number int32) {
		if allowed(net.ParseIP(ip)) {
			hosts = append(hosts, hostPort(ip, strconv.Itoa(int(number))))
		}
	}
	slices := p.Slices(service.Namespace, service.Name)
	for _, s := range slices {
		number, ok := slicePort(s, port)
		if !ok {
			continue
		}
		for i := range s.Endpoints {
			if e := &s.Endpoints[i]; (e.Conditions.Ready == nil || *e.Conditions.Ready) && len(e.Addresses) > 0 {
				add(e.Addresses[0], number)
			}
		}
	}
	if endpoints, ok := p.Endpoints(service.Namespace, service.Name); ok && len(slices) == 0 {
		for i := range endpoints.Subsets {
			subset := &endpoints.Subsets[i]
			for _, candidate := range subset.Ports {
				if candidate.Name != port {
					continue
				}
				for _, address := range subset.Addresses {
					add(address.IP, candidate.Port)
				}
			}
		}
	}
	return hosts
}

func slicePort(s *discoveryv1.EndpointSlice, name string) (int32, bool) {
	for _, port := range s.Ports {
		if port.Port != nil && (port.Name == nil && name == "" || port.Name != nil && *port.Name == name) {
			return *port.Port, true
		}
	}
	return 0, false
}

// allowed tells that an address is not one of this server's own machine, which what users write must not reach.
func allowed(ip net.IP) bool {
	return ip != nil && !ip.IsLoopback() && !ip.IsUnspecified() && !ip.IsLinkLocalUnicast() && !ip.IsMulticast()
}
