package snapshot

import (
	"cmp"

	corev1 "k8s.io/api/core/v1"

	"argosy.dev/facts/pods"
)

// Port is a port of the host.
type Port struct {
	// IP is "" for all of the host's addresses.
	IP       string
	Protocol corev1.Protocol
	Number   int32
}

// Conflicts tells that both cannot be on one host.
func (p Port) Conflicts(o Port) bool {
	return p.Number == o.Number && p.Protocol == o.Protocol && (p.IP == o.IP || p.IP == "" || o.IP == "")
}

// portsOf are the ports of the host that the pod takes as long as it lives: not those of init containers, which may share them, but for sidecars.
func portsOf(spec *corev1.PodSpec) []Port {
	var ports []Port
	add := func(c *corev1.Container) {
		for _, port := range c.Ports {
			if port.HostPort <= 0 {
				continue
			}
			ip := port.HostIP
			if ip == "0.0.0.0" || ip == "::" {
				ip = ""
			}
			ports = append(ports, Port{ip, cmp.Or(port.Protocol, corev1.ProtocolTCP), port.HostPort})
		}
	}
	for i := range spec.Containers {
		add(&spec.Containers[i])
	}
	for i := range spec.InitContainers {
		if pods.Sidecar(&spec.InitContainers[i]) {
			add(&spec.InitContainers[i])
		}
	}
	return ports
}
