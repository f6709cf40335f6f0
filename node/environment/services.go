package environment

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// services tells of the Services of the pod's namespace, unless the pod wants none of them, and always of the API server. What the container
// sets itself comes later, and so wins. (Documentation: "Accessing the Service", and the older names of Docker links.)
func (b *builder) services() {
	master, ok := b.lookup.Service(corev1.NamespaceDefault, "kubernetes")
	if ok {
		b.service(master)
	}
	if b.pod.Spec.EnableServiceLinks != nil && !*b.pod.Spec.EnableServiceLinks {
		return
	}
	for _, s := range b.lookup.Services(b.pod.Namespace) {
		if s != master {
			b.service(s)
		}
	}
}

func (b *builder) service(s *corev1.Service) {
	ip := s.Spec.ClusterIP
	if ip == "" || ip == corev1.ClusterIPNone || len(s.Spec.Ports) == 0 {
		return
	}
	prefix := variableName(s.Name)
	b.set(prefix+"_SERVICE_HOST", ip)
	b.set(prefix+"_SERVICE_PORT", strconv.Itoa(int(s.Spec.Ports[0].Port)))
	for _, p := range s.Spec.Ports {
		if p.Name != "" {
			b.set(prefix+"_SERVICE_PORT_"+variableName(p.Name), strconv.Itoa(int(p.Port)))
		}
	}
	for i, p := range s.Spec.Ports {
		protocol := string(p.Protocol)
		if protocol == "" {
			protocol = string(corev1.ProtocolTCP)
		}
		number := strconv.Itoa(int(p.Port))
		url := fmt.Sprintf("%s://%s", strings.ToLower(protocol), net.JoinHostPort(ip, number))
		if i == 0 {
			b.set(prefix+"_PORT", url)
		}
		port := fmt.Sprintf("%s_PORT_%s_%s", prefix, number, strings.ToUpper(protocol))
		b.set(port, url)
		b.set(port+"_PROTO", strings.ToLower(protocol))
		b.set(port+"_PORT", number)
		b.set(port+"_ADDR", ip)
	}
}

// variableName is a name as it stands in names of variables.
func variableName(s string) string { return strings.ToUpper(strings.ReplaceAll(s, "-", "_")) }
