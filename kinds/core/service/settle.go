package service

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// Indexes of services: by each of their addresses, and by each port that they hold on nodes, health checks' included.
const (
	ByClusterIP = "clusterIP"
	ByNodePort  = "nodePort"
)

// Settle makes of what a writer sent what he means, before anything is given out: the two forms of the address agree, and on an
// update what the service has and still needs stays, what it needs no more goes. old is nil for a new service.
func Settle(s, old *corev1.Service) {
	if old == nil {
		if s.Spec.ClusterIP != "" && len(s.Spec.ClusterIPs) == 0 {
			s.Spec.ClusterIPs = []string{s.Spec.ClusterIP}
		}
		return
	}
	followClusterIP(&s.Spec, &old.Spec)
	keepAllocated(&s.Spec, &old.Spec)
	dropUnneeded(&s.Spec, &old.Spec)
}

// ValidateAddresses looks at addresses and families alone; old may be nil.
func ValidateAddresses(s, old *corev1.Service) field.ErrorList {
	var before *corev1.ServiceSpec
	if old != nil {
		before = &old.Spec
	}
	return validateClusterIPs(&s.Spec, before, field.NewPath("spec"))
}

// NeedsClusterIP tells whether the type of service has an address (or None) in the cluster.
func NeedsClusterIP(spec *corev1.ServiceSpec) bool { return needsClusterIP(spec) }

// NeedsNodePorts tells whether each port is also to be reached on the nodes.
func NeedsNodePorts(spec *corev1.ServiceSpec) bool { return needsNodePorts(spec) }

// NeedsHealthPort tells whether load balancers ask the nodes for endpoints of the service.
func NeedsHealthPort(spec *corev1.ServiceSpec) bool { return needsHealthPort(spec) }

func addresses(s *corev1.Service) []string {
	if headless(&s.Spec) {
		return nil
	}
	return s.Spec.ClusterIPs
}

// One number may serve several protocols of a service, but no other service.
func nodePorts(s *corev1.Service) []string {
	var list []string
	seen := map[int32]bool{0: true}
	add := func(port int32) {
		if !seen[port] {
			list, seen[port] = append(list, strconv.Itoa(int(port))), true
		}
	}
	for i := range s.Spec.Ports {
		add(s.Spec.Ports[i].NodePort)
	}
	add(s.Spec.HealthCheckNodePort)
	return list
}
